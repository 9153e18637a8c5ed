import { createHash } from 'node:crypto';
import { callAndWait, openCallback } from './callback.ts';
import { childOf, sleepUntil } from './clock.ts';
import type { TaskState } from './definition.ts';
import { asStateError, Interrupted, StateError } from './errors.ts';
import { evaluate } from './expression.ts';
import { describeResource, waitsForToken } from './integrations.ts';
import { type Json, withinLimit } from './json.ts';
import { bindings, current, type Line, type Run, record } from './line.ts';

/** Runs a Task once, within its time limit. After the limit it stops the call and throws `States.Timeout`. */
export async function runTask(run: Run, line: Line, state: TaskState): Promise<Json> {
  const callback = waitsForToken(state.Resource) ? openCallback(run, line) : undefined;
  const scope = bindings(run, line);
  const args = withinLimit(
    await evaluate(state.Arguments ?? scope.states.input ?? null, scope, 'Arguments'),
    'Arguments',
  );
  const limit =
    state.TimeoutSeconds === undefined ? undefined : await evaluate(state.TimeoutSeconds, scope, 'TimeoutSeconds');
  if (limit !== undefined && !(Number.isInteger(limit) && Number(limit) > 0)) {
    throw new StateError('States.Runtime', `TimeoutSeconds is not a whole number above 0: ${JSON.stringify(limit)}`);
  }
  const named = describeResource(state.Resource);
  const kind = named.resourceType === 'function' ? 'LambdaFunction' : 'Task';
  const details = kind === 'Task' ? named : {};
  const token = idempotencyToken(run, line);
  if (callback?.submitted !== true) {
    record(run, line, `${kind}Scheduled`, {
      ...named,
      ...(kind === 'Task' ? { parameters: JSON.stringify(args) } : { input: JSON.stringify(args) }),
      ...(limit === undefined ? {} : { timeoutInSeconds: limit }),
    });
  }

  const { controller, release } = childOf(line.signal);
  const { signal } = controller;
  const over = new AbortController();
  if (limit !== undefined) {
    sleepUntil((callback?.since ?? Date.now()) + Number(limit) * 1000, over.signal).then(
      () => controller.abort(new Interrupted('task-timed-out')),
      () => undefined,
    );
  }
  try {
    const call = () => run.task({ resource: state.Resource, args, token, signal });
    const result = await (callback === undefined ? call() : callAndWait(run, line, call, named, signal));
    withinLimit(result, `The result of ${state.Resource}`);
    record(run, line, `${kind}Succeeded`, { ...details, output: JSON.stringify(result) });
    return result;
  } catch (thrown) {
    if (thrown instanceof Interrupted && thrown.interruption === 'task-timed-out') {
      record(run, line, `${kind}TimedOut`, { ...details, error: 'States.Timeout' });
      throw new StateError('States.Timeout', `The task did not end within ${limit} s.`);
    }
    const failure = asStateError(thrown);
    record(run, line, `${kind}Failed`, { ...details, error: failure.error, cause: failure.reason });
    throw failure;
  } finally {
    over.abort();
    release();
  }
}

/** The same for each repetition of one attempt of a state, so that a restart starts no second build. */
function idempotencyToken(run: Run, line: Line): string {
  const { state, enteredAt, attempts } = current(run, line);
  return createHash('sha256')
    .update(JSON.stringify([run.arn, line.path, state, enteredAt, attempts]))
    .digest('hex')
    .slice(0, 64);
}
