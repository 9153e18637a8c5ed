import type { HttpEvent } from './event.ts';

/** The path of the routes that get the cookie, and nothing else does. */
const PATH = '/v1/browser-session';
const NAME = '__Secure-gantry-session';

/** The cookie that keeps a person signed in at their browser. No script can read it, and no other site's page can send it. */
export interface SessionCookie {
  /** The cookie that the browser sent; undefined where it sent none. */
  readonly value: string | undefined;
  /** Has the browser keep `value` for so many seconds in place of what it has. */
  keep(value: string, seconds: number): void;
  /** Has the browser forget it. */
  forget(): void;
  /** The `Set-Cookie` header of the answer, where something is to change. */
  readonly header: string | undefined;
}

/** The cookie as a request brings it. https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis */
export function sessionCookie({ cookies = [] }: HttpEvent): SessionCookie {
  const pair = cookies.find((cookie) => cookie.startsWith(`${NAME}=`));
  let header: string | undefined;
  const set = (value: string, seconds: number) => {
    header = `${NAME}=${value}; Path=${PATH}; Max-Age=${seconds}; Secure; HttpOnly; SameSite=Strict`;
  };
  return {
    value: pair?.slice(NAME.length + 1) || undefined,
    keep: set,
    forget: () => set('', 0),
    get header() {
      return header;
    },
  };
}
