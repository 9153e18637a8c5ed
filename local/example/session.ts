import { type Client, createClient } from '@gantry/client/client.ts';
import { beginSignIn, finishSignIn, type Tokens } from '@gantry/client/sign-in.ts';

const MAX_PAGES = 10;

/**
 * Signs a user in at the sign-in pages like a browser, form and cookies included, and returns their tokens. `newPassword` replaces a temporary
 * password.
 */
export async function signInAs(api: string, email: string, password: string, newPassword = password): Promise<Tokens> {
  const signIn = await createClient({ baseUrl: api })('signIn.get', {});
  const [redirectUrl = ''] = signIn.redirectUrls;
  const pending = await beginSignIn(signIn, redirectUrl);
  const back = await passSignInPages(pending.url, redirectUrl, email, password, newPassword);
  return finishSignIn(signIn, pending, back);
}

/** Passes through the sign-in pages from `url` on and returns the final address, below `redirectUrl`. */
export async function passSignInPages(
  url: string,
  redirectUrl: string,
  email: string,
  password: string,
  newPassword = password,
): Promise<URL> {
  const cookies = new Map<string, string>();
  let next = new Request(url);
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const response = await visit(next, cookies);
    const location = response.headers.get('location');
    if (location !== null) {
      const target = new URL(location, next.url);
      if (target.href.startsWith(redirectUrl)) return target;
      next = new Request(target);
    } else {
      next = fillForm(await response.text(), new URL(next.url), {
        username: email,
        password,
        new_password: newPassword,
      });
    }
  }
  throw new Error(`the sign-in pages did not lead back after ${MAX_PAGES} pages`);
}

/** A client of the API that is signed in. */
export async function signedInClient(api: string, email: string, password: string): Promise<Client> {
  const { accessToken } = await signInAs(api, email, password);
  return createClient({ baseUrl: api, token: () => accessToken });
}

async function visit(request: Request, cookies: Map<string, string>): Promise<Response> {
  const headers = new Headers(request.headers);
  if (cookies.size > 0) headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
  const response = await fetch(
    new Request(request, { headers, redirect: 'manual', signal: AbortSignal.timeout(10_000) }),
  );
  for (const cookie of response.headers.getSetCookie()) {
    const [pair = ''] = cookie.split(';');
    const at = pair.indexOf('=');
    cookies.set(pair.slice(0, at), pair.slice(at + 1));
  }
  if (response.status >= 400)
    throw new Error(`the sign-in page at ${new URL(request.url).pathname} answered ${response.status}`);
  return response;
}

/** The submission of a page's form: its hidden fields unchanged, and `values` for the rest. */
function fillForm(html: string, page: URL, values: Record<string, string>): Request {
  const action = /<form[^>]*\baction="([^"]*)"/i.exec(html)?.[1] ?? page.href;
  const body = new URLSearchParams(values);
  for (const [input] of html.matchAll(/<input\b[^>]*\btype="hidden"[^>]*>/gi)) {
    body.set(attribute(input, 'name'), attribute(input, 'value'));
  }
  return new Request(new URL(decodeEntities(action), page), { method: 'POST', body });
}

function attribute(tag: string, name: string): string {
  return decodeEntities(new RegExp(`\\b${name}="([^"]*)"`, 'i').exec(tag)?.[1] ?? '');
}

function decodeEntities(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}
