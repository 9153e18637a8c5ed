import { childOf } from './clock.ts';
import type { MapState, ParallelState, StateScope } from './definition.ts';
import { Interrupted, StateError } from './errors.ts';
import { evaluate } from './expression.ts';
import { isObject, type Json, type JsonObject, withinLimit } from './json.ts';
import { bindings, current, type Line, type Run, record } from './line.ts';

/** The parallel iterations of an inline Map without a limit. */
const INLINE_CONCURRENCY = 40;

/** Walks one branch or iteration to its end. */
type Walk = (run: Run, line: Line, input: Json, previousEventId: number) => Promise<Json>;

interface Child {
  readonly scope: StateScope;
  readonly input: Json;
  readonly context: JsonObject;
}

/** Runs the branches of a Parallel side by side; the first that fails ends the others and is the state's error. */
export async function runBranches(run: Run, line: Line, state: ParallelState, walk: Walk): Promise<Json> {
  const scope = bindings(run, line);
  const input = await evaluate(state.Arguments ?? scope.states.input ?? null, scope, 'Arguments');
  const children = state.Branches.map((branch) => ({ scope: branch, input, context: line.context }));
  record(run, line, 'ParallelStateStarted');
  const outputs = await runAll(run, line, children, children.length, walk);
  return withinLimit(outputs, 'The result of the Parallel state');
}

/** Runs an inline Map's processor for each item, at most `MaxConcurrency` at a time, or 40 if that is 0. */
export async function runMap(run: Run, line: Line, state: MapState, walk: Walk): Promise<Json> {
  const scope = bindings(run, line);
  const found = await evaluate(state.Items ?? scope.states.input ?? null, scope, 'Items');
  const items: readonly Json[] | undefined = Array.isArray(found)
    ? found
    : isObject(found)
      ? Object.entries(found as JsonObject).map(([Key, Value]) => ({ Key, Value }))
      : undefined;
  if (items === undefined)
    throw new StateError('States.QueryEvaluationError', 'Items is neither an array nor an object.');
  const limit = Number(await evaluate(state.MaxConcurrency ?? 0, scope, 'MaxConcurrency'));
  const children = await Promise.all(
    items.map(async (Value, Index): Promise<Child> => {
      const context = { ...line.context, Map: { Item: { Index, Value } } };
      const seen = {
        ...scope,
        states: { ...scope.states, context: { ...(scope.states.context as JsonObject), ...context } },
      };
      const input = state.ItemSelector === undefined ? Value : await evaluate(state.ItemSelector, seen, 'ItemSelector');
      return { scope: state.ItemProcessor, input, context };
    }),
  );
  record(run, line, 'MapStateStarted', { length: children.length });
  const outputs = await runAll(
    run,
    line,
    children,
    limit > 0 ? Math.min(limit, INLINE_CONCURRENCY) : INLINE_CONCURRENCY,
    walk,
  );
  return withinLimit(outputs, 'The result of the Map state');
}

async function runAll(
  run: Run,
  line: Line,
  children: readonly Child[],
  limit: number,
  walk: Walk,
): Promise<readonly Json[]> {
  const { controller, release } = childOf(line.signal);
  const { event, variables } = current(run, line);
  const outputs: Json[] = [];
  const queue = children.entries();
  const worker = async () => {
    for (const [index, child] of queue) {
      const branch: Line = {
        scope: child.scope,
        path: `${line.path}/${String(index).padStart(5, '0')}`,
        outer: { ...line.outer, ...variables },
        context: child.context,
        signal: controller.signal,
      };
      outputs[index] = await walk(run, branch, child.input, event);
    }
  };
  try {
    const workers = Array.from({ length: Math.min(limit, children.length) }, async () => {
      try {
        await worker();
      } catch (error) {
        if (!controller.signal.aborted) controller.abort(new Interrupted('sibling-failed'));
        throw error;
      }
    });
    const settled = await Promise.allSettled(workers);
    const failures = settled.filter((one) => one.status === 'rejected').map((one): unknown => one.reason);
    const first = failures.find(
      (failure) => !(failure instanceof Interrupted && failure.interruption === 'sibling-failed'),
    );
    if (failures.length > 0) throw first ?? failures[0];
    return outputs;
  } finally {
    release();
  }
}
