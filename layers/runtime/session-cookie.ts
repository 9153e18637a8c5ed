import type { HttpEvent } from './event.ts';

/** The path of the routes that get the cookie, and of no others. */
const PATH = '/v1/browser-session';
const NAME = '__Secure-gantry-session';

/** The cookie that keeps a person signed in at their browser. No script can read it, and no page of another site can send it. */
export interface SessionCookie {
  /** The browser's cookie; undefined without one. */
  readonly value: string | undefined;
  /** Sets `value` in the browser for this many seconds. */
  keep(value: string, seconds: number): void;
  /** Deletes the cookie in the browser. */
  forget(): void;
  /** The `Set-Cookie` header of the answer, if the cookie changes. */
  readonly header: string | undefined;
}

/** The cookie from a request. https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis */
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
