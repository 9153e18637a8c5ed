import { AwsError } from '../../../kernel/service.ts';
import type { Visit } from '../http.ts';
import { checkPolicy } from '../password.ts';
import type { Authorization } from './authorization.ts';
import type { Login } from './context.ts';
import { askForLogin, askForPassword } from './forms.ts';
import { openSession } from './session.ts';

/** Sets the password that replaces a temporary one, once, and signs its user in. */
export async function choosePassword(
  login: Login,
  visit: Visit,
  asked: Authorization,
  form: URLSearchParams,
): Promise<void> {
  const { directory, challenges, users, owners } = login;
  const { redirectUri, client } = asked;
  const challenge = form.get('challenge') ?? '';
  const password = form.get('new_password') ?? '';
  const given = challenges.get(challenge);
  const pool = directory.pools.get(client.poolId);
  if (given === undefined || pool === undefined || given.poolId !== pool.id || given.until < Date.now()) {
    const error = 'This page was open for too long. Please sign in again.';
    return askForLogin(login, visit, { redirectUri, error });
  }
  try {
    checkPolicy(password, pool.policy);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return askForPassword(login, visit, { client, redirectUri, challenge, error: sentenceOf(error) });
  }
  challenges.delete(challenge);
  const user = users.require(pool.id, given.sub);
  await users.setPassword(pool.id, user, password, true);
  owners.remove(user.email);
  openSession(login, visit, asked, user);
}

/** The page has a heading: Cognito's text before the broken rule adds nothing. */
function sentenceOf({ message }: AwsError): string {
  return `${message.slice(message.indexOf(': ') + 2)}.`;
}
