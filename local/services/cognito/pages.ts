import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { PasswordPolicy } from './directory.ts';

const STYLE = `
:root { color-scheme: light dark; --text: #1c1c28; --soft: #56566b; --back: #f4f4f8; --card: #fff; --line: #d9d9e3; --field: #6b6b80; --accent: #3b2fc9; --hover: #2f25a6; --on-accent: #fff; --bad: #8c1d18; --bad-back: #fdecea; }
@media (prefers-color-scheme: dark) { :root { --text: #ececf4; --soft: #a9a9bd; --back: #12121a; --card: #1c1c28; --line: #33334a; --field: #8080a0; --accent: #a9a2ff; --hover: #c3beff; --on-accent: #14141f; --bad: #ffb4ab; --bad-back: #3b1715; } }
* { box-sizing: border-box; }
body { font: 1rem/1.5 system-ui, sans-serif; display: grid; place-items: center; min-height: 100vh; margin: 0; padding: 1rem; color: var(--text); background: var(--back); }
main { width: min(24rem, 100%); padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
.brand { margin: 0 0 1.25rem; font-weight: 700; color: var(--accent); }
h1 { margin: 0; font-size: 1.5rem; line-height: 1.25; }
p { margin: .5rem 0 0; }
.hint { color: var(--soft); font-size: .875rem; }
label { display: block; margin: 1.25rem 0 .375rem; font-weight: 600; }
input { width: 100%; padding: .625rem .75rem; font: inherit; color: inherit; background: transparent; border: 1px solid var(--field); border-radius: .5rem; }
button { width: 100%; margin-top: 1.5rem; padding: .75rem; font: inherit; font-weight: 600; color: var(--on-accent); background: var(--accent); border: 0; border-radius: .5rem; cursor: pointer; }
button:hover { background: var(--hover); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
[role=alert] { margin-top: 1rem; padding: .625rem .75rem; color: var(--bad); background: var(--bad-back); border-radius: .5rem; overflow-wrap: anywhere; }
`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** The fields of both forms: they post to `action`, and a success redirects to `redirectUri`. */
interface Form {
  readonly action: string;
  readonly csrf: string;
  readonly error: string | undefined;
  readonly redirectUri: string;
}

/** The sign-in form. */
export function sendLogin(response: ServerResponse, form: Form & { readonly username: string }): void {
  const { username, error } = form;
  // After a wrong password, the form keeps the e-mail.
  const [first, second] = username === '' ? [' autofocus', ''] : ['', ' autofocus'];
  const body = `<h1>Sign in</h1>${alert(error)}
${open(form)}
<label for="username">E-mail</label>
<input id="username" name="username" type="email" autocomplete="username" required value="${escapeHtml(username)}"${first}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${second}>
<button type="submit">Sign in</button>
</form>
<p class="hint">The first owner's e-mail and password are in the terminal where Gantry started.</p>`;
  send(response, error === undefined ? 200 : 401, 'Sign in', body, formTargets(form));
}

/** The form for the password that replaces a temporary one; `challenge` proves that the temporary one was entered. */
export function sendNewPassword(
  response: ServerResponse,
  form: Form & { readonly challenge: string; readonly policy: PasswordPolicy },
): void {
  const { challenge, error, policy } = form;
  const body = `<h1>Choose a password</h1>
<p>Your temporary password was accepted. Choose the one that you will use from now on.</p>${alert(error)}
${open(form)}
<input type="hidden" name="challenge" value="${escapeHtml(challenge)}">
<label for="new-password">New password</label>
<input id="new-password" name="new_password" type="password" autocomplete="new-password" aria-describedby="rules" required autofocus>
<p class="hint" id="rules">${escapeHtml(rulesOf(policy))}</p>
<button type="submit">Save and sign in</button>
</form>`;
  send(response, error === undefined ? 200 : 400, 'Choose a password', body, formTargets(form));
}

/** A page for a request whose answer must not go to the address in the request. */
export function sendProblem(response: ServerResponse, status: number, message: string): void {
  const advice = '<p>Close this page and start the sign-in again from where you came.</p>';
  send(response, status, 'Sign-in failed', `<h1>Sign-in failed</h1>${alert(message)}${advice}`, `'none'`);
}

function open({ action, csrf }: Form): string {
  return `<form method="post" action="${escapeHtml(action)}">
<input type="hidden" name="_csrf" value="${escapeHtml(csrf)}">`;
}

function alert(message: string | undefined): string {
  return message === undefined ? '' : `<p role="alert">${escapeHtml(message)}</p>`;
}

/** The rules of a policy in one sentence. */
function rulesOf({ minimumLength, lowercase, uppercase, numbers, symbols }: PasswordPolicy): string {
  const kinds = [
    ...(lowercase ? ['a lowercase letter'] : []),
    ...(uppercase ? ['an uppercase letter'] : []),
    ...(numbers ? ['a digit'] : []),
    ...(symbols ? ['a symbol'] : []),
  ];
  const length = `At least ${minimumLength} characters`;
  return kinds.length === 0 ? `${length}.` : `${length}, with ${new Intl.ListFormat('en').format(kinds)}.`;
}

/** A form posts here, and a browser also applies its policy to the redirect that follows. */
function formTargets({ redirectUri }: Form): string {
  return `'self' ${new URL(redirectUri).origin}`;
}

function send(response: ServerResponse, status: number, title: string, body: string, formAction: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action ${formAction}; frame-ancestors 'none'; base-uri 'none'`,
    // With `no-referrer` a browser would post the form with `Origin: null`, like a foreign page.
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  });
  response.end(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} · Gantry</title>
<style>${STYLE}</style></head><body><main><p class="brand">Gantry</p>${body}</main></body></html>
`);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
