import { randomUUID } from 'node:crypto';
import { AwsError } from '../../kernel/service.ts';
import { unlessAborted } from './clock.ts';
import { StateError } from './errors.ts';
import type { Callback } from './journal.ts';
import type { Json } from './json.ts';
import { current, type Line, type Run, record, save } from './line.ts';

/** The longest token. https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html */
const TOKEN_LENGTH = 2048;

/** Gives a Task a new token, or its token from before a restart. */
export function openCallback(run: Run, line: Line): Callback {
  const known = current(run, line).callback;
  if (known !== undefined) return known;
  const token = Buffer.from(JSON.stringify([run.arn, line.path, randomUUID()])).toString('base64url');
  const callback = { token, since: Date.now(), submitted: false };
  save(run, line, { callback });
  return callback;
}

/** A token ends with its attempt: the next one has another. */
export function closeCallback(run: Run, line: Line): void {
  const { callback, ...rest } = current(run, line);
  if (callback !== undefined) run.journal.save(line.path, rest);
}

/** The execution and the line of control of a token. Throws `InvalidToken` for a malformed one. */
export function placeOf(token: string): { readonly arn: string; readonly path: string } {
  try {
    if (token.length > TOKEN_LENGTH) throw new Error('too long');
    const parts: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    const [arn, path] = parts as readonly unknown[];
    if (typeof arn === 'string' && typeof path === 'string') return { arn, path };
  } catch {
    // Neither JSON nor a list: a foreign token.
  }
  throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
}

/**
 * Calls the Task's target, unless the call had returned before a restart, and waits for the answer to the task, which may come before the call
 * returns. Throws `StateError` when the call fails or the answer is a failure.
 */
export async function callAndWait(
  run: Run,
  line: Line,
  call: () => Promise<Json>,
  named: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Json> {
  // Read at the start of the wait: an answer may have come while the Task's arguments were evaluated.
  const { token, submitted, outcome } = openCallback(run, line);
  if (outcome === undefined) {
    const answered = run.answers.next(token);
    const submit = async () => {
      const output = JSON.stringify(await call());
      const kept = current(run, line).callback;
      // The task may have ended meanwhile, and another attempt or state may have its place.
      if (kept?.token === token) {
        save(run, line, { callback: { ...kept, submitted: true } });
        record(run, line, 'TaskSubmitted', { ...named, output });
      }
      return answered;
    };
    try {
      await unlessAborted(submitted ? answered : Promise.race([answered, submit()]), signal);
    } finally {
      run.answers.forget(token);
    }
  }
  const said = outcome ?? current(run, line).callback?.outcome;
  if (said === undefined) throw new StateError('States.Runtime', 'The task ended without an outcome.');
  if ('error' in said) throw new StateError(said.error, said.cause);
  return said.output;
}
