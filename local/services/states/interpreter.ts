import { closeCallback } from './callback.ts';
import { sleepUntil } from './clock.ts';
import type { ChoiceState, State, WaitState } from './definition.ts';
import { asStateError, StateError } from './errors.ts';
import { type Bindings, evaluate } from './expression.ts';
import type { Frame } from './journal.ts';
import { type Json, type JsonObject, withinLimit } from './json.ts';
import { bindings, current, type Line, type Run, save } from './line.ts';
import { runBranches, runMap } from './nested.ts';
import { catcherFor, nextRetry } from './retry.ts';
import { runTask } from './task.ts';

/** How a state ended: its output, its variables, and the next state (none at the end). */
interface Exit {
  readonly output: Json;
  readonly assign: JsonObject;
  readonly next: string | undefined;
}

/**
 * Walks a scope's states from its start, or from the frame of an earlier process, whose running state runs again. Each transition is durable before
 * the next state begins. Throws `StateError` or `Interrupted`.
 */
export async function walk(run: Run, line: Line, input: Json, previousEventId: number): Promise<Json> {
  const { journal } = run;
  let frame =
    journal.frame(line.path) ??
    journal.atomically(() => enter(run, line, line.scope.StartAt, input, {}, previousEventId));
  for (;;) {
    if (frame.output !== undefined) return frame.output;
    line.signal.throwIfAborted();
    const state = line.scope.States[frame.state];
    if (state === undefined) throw new StateError('States.Runtime', `There is no state ${frame.state}.`);
    const exit = await runGuarded(run, line, state);
    line.signal.throwIfAborted();
    frame = journal.atomically(() => leave(run, line, state, exit));
  }
}

function enter(run: Run, line: Line, name: string, input: Json, variables: JsonObject, previous: number): Frame {
  const type = line.scope.States[name]?.Type ?? 'Unknown';
  const event = run.journal.record(`${type}StateEntered`, previous, { name, input: JSON.stringify(input) });
  const frame = { state: name, input, variables, enteredAt: new Date().toISOString(), event, attempts: [] };
  run.journal.save(line.path, frame);
  run.transition();
  return frame;
}

function leave(run: Run, line: Line, state: State, exit: Exit): Frame {
  const frame = current(run, line);
  const event = run.journal.record(`${state.Type}StateExited`, frame.event, {
    name: frame.state,
    output: JSON.stringify(exit.output),
  });
  run.journal.prune(line.path);
  const variables = { ...frame.variables, ...exit.assign };
  if (exit.next !== undefined) return enter(run, line, exit.next, exit.output, variables, event);
  const ended = { ...frame, event, output: exit.output };
  run.journal.save(line.path, ended);
  return ended;
}

/** Runs a state until it succeeds, its retries are used up, or an error is caught. */
async function runGuarded(run: Run, line: Line, state: State): Promise<Exit> {
  const retriers = 'Retry' in state ? (state.Retry ?? []) : [];
  const catchers = 'Catch' in state ? (state.Catch ?? []) : [];
  for (;;) {
    try {
      return await runState(run, line, state);
    } catch (thrown) {
      const failure = asStateError(thrown);
      closeCallback(run, line);
      const { attempts } = current(run, line);
      const retry = nextRetry(retriers, attempts, failure.error, Math.random);
      if (retry !== undefined) {
        const counted = retriers.map((_, index) => (attempts[index] ?? 0) + (index === retry.index ? 1 : 0));
        run.journal.atomically(() => {
          run.journal.prune(line.path);
          save(run, line, { attempts: counted, until: Date.now() + retry.delaySeconds * 1000 });
        });
        run.transition();
        continue;
      }
      const catcher = catcherFor(catchers, failure.error);
      if (catcher === undefined) throw failure;
      const errorOutput = { Error: failure.error, Cause: failure.reason };
      const scope = bindings(run, line, { errorOutput });
      const assign = await shape(catcher.Assign, {}, scope, 'Catch/Assign');
      return {
        output: await shape(catcher.Output, errorOutput, scope, 'Catch/Output'),
        assign: assign as JsonObject,
        next: catcher.Next,
      };
    }
  }
}

async function runState(run: Run, line: Line, state: State): Promise<Exit> {
  const { input, until } = current(run, line);
  if (state.Type !== 'Wait' && until !== undefined) {
    await sleepUntil(until, line.signal);
    const { until: _, ...rest } = current(run, line);
    run.journal.save(line.path, rest);
  }
  switch (state.Type) {
    case 'Pass':
      return finish(run, line, state, input);
    case 'Succeed':
      return finish(run, line, state, input);
    case 'Fail':
      return fail(run, line, state);
    case 'Choice':
      return choose(run, line, state);
    case 'Wait':
      await wait(run, line, state);
      return finish(run, line, state, input);
    case 'Task':
      return finish(run, line, state, await runTask(run, line, state), true);
    case 'Parallel':
      return finish(run, line, state, await runBranches(run, line, state, walk), true);
    case 'Map':
      return finish(run, line, state, await runMap(run, line, state, walk), true);
  }
}

/** Computes a state's output and variables; both see the variables from the state's start. */
async function finish(
  run: Run,
  line: Line,
  state: { readonly Output?: Json; readonly Assign?: JsonObject; readonly Next?: string },
  value: Json,
  isResult = false,
): Promise<Exit> {
  const scope = bindings(run, line, isResult ? { result: value } : {});
  const output = await shape(state.Output, value, scope, 'Output');
  return { output, assign: (await shape(state.Assign, {}, scope, 'Assign')) as JsonObject, next: state.Next };
}

async function shape(template: Json | undefined, otherwise: Json, scope: Bindings, field: string): Promise<Json> {
  return withinLimit(template === undefined ? otherwise : await evaluate(template, scope, field), `The field ${field}`);
}

async function fail(run: Run, line: Line, state: { readonly Error?: Json; readonly Cause?: Json }): Promise<never> {
  const scope = bindings(run, line);
  const [error, cause] = await Promise.all([
    evaluate(state.Error ?? '', scope, 'Error'),
    evaluate(state.Cause ?? '', scope, 'Cause'),
  ]);
  throw new StateError(String(error), String(cause));
}

async function choose(run: Run, line: Line, state: ChoiceState): Promise<Exit> {
  const { input } = current(run, line);
  const scope = bindings(run, line);
  for (const [index, rule] of state.Choices.entries()) {
    const holds = await evaluate(rule.Condition, scope, `Choices[${index}]/Condition`);
    if (typeof holds !== 'boolean') {
      throw new StateError('States.QueryEvaluationError', `Choices[${index}]/Condition is not a boolean.`);
    }
    if (holds) return finish(run, line, rule, input);
  }
  if (state.Default === undefined) {
    throw new StateError('States.NoChoiceMatched', 'No choice rule holds and the state has no Default.');
  }
  return finish(run, line, { ...state, Next: state.Default }, input);
}

async function wait(run: Run, line: Line, state: WaitState): Promise<void> {
  let { until } = current(run, line);
  if (until === undefined) {
    const scope = bindings(run, line);
    const field = state.Seconds === undefined ? 'Timestamp' : 'Seconds';
    const value = await evaluate(state.Seconds ?? state.Timestamp ?? null, scope, field);
    until = typeof value === 'number' ? Date.now() + value * 1000 : Date.parse(String(value));
    if (Number.isNaN(until)) throw new StateError('States.Runtime', `${field} is no time: ${JSON.stringify(value)}`);
    save(run, line, { until });
  }
  await sleepUntil(until, line.signal);
}
