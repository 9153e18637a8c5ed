import { timingSafeEqual } from 'node:crypto';
import { cookie, readForm, type Visit } from '../http.ts';
import type { Authorization } from './authorization.ts';
import type { Login } from './context.ts';
import { askForLogin, askForPassword } from './forms.ts';
import { choosePassword } from './new-password.ts';
import { openChallenge, openSession } from './session.ts';

/** Takes the answer to one of the two forms. */
export async function submit(login: Login, visit: Visit, asked: Authorization): Promise<void> {
  const form = await readForm(visit.request);
  if (form === undefined || !sameToken(form.get('_csrf'), cookie(visit.request, login.cookies.csrf))) {
    const error = 'This page was open for too long. Please try again.';
    return askForLogin(login, visit, { redirectUri: asked.redirectUri, error });
  }
  if (form.has('challenge')) await choosePassword(login, visit, asked, form);
  else await signIn(login, visit, asked, form);
}

async function signIn(login: Login, visit: Visit, asked: Authorization, form: URLSearchParams): Promise<void> {
  const { users, throttle } = login;
  const { redirectUri, client } = asked;
  const username = form.get('username') ?? '';
  // An account has one count for all of its names.
  const name = `${client.poolId}/${users.find(client.poolId, username)?.sub ?? username.toLowerCase()}`;
  const again = (error: string) => askForLogin(login, visit, { redirectUri, username, error });
  if (throttle.wait(name) > 0) {
    const seconds = Math.ceil(throttle.wait(name) / 1000);
    return again(`Too many failed attempts. Try again in ${seconds} s.`);
  }
  // Counted before the check, because parallel attempts must not share one count.
  throttle.failed(name);
  const user = await users.authenticate(client.poolId, username, form.get('password') ?? '');
  if (user === undefined) return again('Incorrect e-mail or password.');
  throttle.succeeded(name);
  if (user.status === 'CONFIRMED') return openSession(login, visit, asked, user);
  const challenge = openChallenge(login, client.poolId, user);
  askForPassword(login, visit, { client, redirectUri, challenge });
}

function sameToken(given: string | null, expected: string | undefined): boolean {
  if (given === null || expected === undefined || given.length !== expected.length) return false;
  return timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}
