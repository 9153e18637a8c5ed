import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';

const STYLE = `
body { font: 1rem/1.5 system-ui, sans-serif; display: grid; place-items: center; min-height: 90vh; margin: 1rem; color: #1c1c28; background: #fafafc; }
main { width: min(22rem, 100%); }
label { display: block; margin-top: 1rem; font-weight: 600; }
input { box-sizing: border-box; width: 100%; padding: .6rem; font: inherit; border: 1px solid #6b6b80; border-radius: .4rem; }
button { width: 100%; margin-top: 1.5rem; padding: .7rem; font: inherit; font-weight: 600; color: #fff; background: #3b2fc9; border: 0; border-radius: .4rem; }
[role=alert] { padding: .6rem; border: 1px solid #b3261e; border-radius: .4rem; color: #8c1d18; }
`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** The sign-in form. `action` is where it posts, `redirectUri` where a success leads. */
export function sendLogin(
  response: ServerResponse,
  {
    action,
    csrf,
    username,
    error,
    redirectUri,
  }: {
    readonly action: string;
    readonly csrf: string;
    readonly username: string;
    readonly error: string | undefined;
    readonly redirectUri: string;
  },
): void {
  const alert = error === undefined ? '' : `<p role="alert">${escapeHtml(error)}</p>`;
  const body = `<h1>Sign in</h1>${alert}
<form method="post" action="${escapeHtml(action)}">
<input type="hidden" name="_csrf" value="${escapeHtml(csrf)}">
<label for="username">E-mail</label>
<input id="username" name="username" type="email" autocomplete="username" required value="${escapeHtml(username)}">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button type="submit">Sign in</button>
</form>`;
  send(response, error === undefined ? 200 : 401, 'Sign in', body, `'self' ${new URL(redirectUri).origin}`);
}

/** The form that takes a password in place of a temporary one; `challenge` is what shows that the temporary one was given. */
export function sendNewPassword(
  response: ServerResponse,
  {
    action,
    csrf,
    challenge,
    error,
    redirectUri,
  }: {
    readonly action: string;
    readonly csrf: string;
    readonly challenge: string;
    readonly error: string | undefined;
    readonly redirectUri: string;
  },
): void {
  const alert = error === undefined ? '' : `<p role="alert">${escapeHtml(error)}</p>`;
  const body = `<h1>Choose a password</h1>${alert}
<form method="post" action="${escapeHtml(action)}">
<input type="hidden" name="_csrf" value="${escapeHtml(csrf)}">
<input type="hidden" name="challenge" value="${escapeHtml(challenge)}">
<label for="new-password">New password</label>
<input id="new-password" name="new_password" type="password" autocomplete="new-password" required>
<button type="submit">Save and sign in</button>
</form>`;
  send(response, 200, 'Choose a password', body, `'self' ${new URL(redirectUri).origin}`);
}

/** A page for a request that must not be answered to the address that it names. */
export function sendProblem(response: ServerResponse, status: number, message: string): void {
  send(
    response,
    status,
    'Sign-in failed',
    `<h1>Sign-in failed</h1><p role="alert">${escapeHtml(message)}</p>`,
    `'none'`,
  );
}

function send(response: ServerResponse, status: number, title: string, body: string, formAction: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action ${formAction}; frame-ancestors 'none'; base-uri 'none'`,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  });
  response.end(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<style>${STYLE}</style></head><body><main>${body}</main></body></html>
`);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
