import { type IdKind, idPrefixes } from '@gantry/contract/ids.ts';
import type { Route } from '@gantry/contract/route.ts';
import { type OperationId, routes } from '@gantry/contract/routes.ts';
import fc from 'fast-check';
import { type Answer, type Api, declared, exampleRequest, type Request } from '../api/call.ts';
import { anything, oddText, pathsOf, replaced } from '../api/odd-values.ts';
import { type Bounds, requireAlive, type Target } from './target.ts';

/** Operations that would end the attack's own rights, or call other machines. */
const LEFT_OUT: ReadonlySet<OperationId> = new Set<OperationId>([
  ...(['session.end', 'teams.leave', 'teams.transfer', 'members.remove', 'members.update'] as const),
  ...(['authorizations.prove', 'installations.join'] as const),
]);

/** Operations that make the machine build and run something: too slow for a short attack. */
const HEAVY: ReadonlySet<OperationId> = new Set<OperationId>([
  ...(['deployments.create', 'deployments.redeploy', 'deployments.redrive', 'deployments.rollback'] as const),
  'deployments.start',
  'deployments.promote',
]);

/** One call: the operation, the known ids in it, and its changed part. */
interface Step {
  readonly operation: OperationId;
  readonly pick: number;
  readonly change: readonly [at: number, value: unknown] | null;
  readonly param: readonly [at: number, value: string] | null;
  readonly query: string | null;
}

/** Ids that belong together, by the names of the parameters: `{ teamId, projectId, serviceId }`. */
type Place = Readonly<Record<string, string>>;

const KNOWN_PLACES = 200;

/**
 * Calls every operation in random order. Created and listed ids feed later calls. Throws, with the shrunk calls, at an answer that breaks the
 * contract or is the platform's own failure.
 */
export async function operationsAttack(
  target: Target,
  api: Api,
  start: Place,
  bounds: Bounds & { readonly heavy: boolean },
): Promise<void> {
  const { seed, milliseconds, runs, heavy } = bounds;
  const chosen = declared.map(([name]) => name).filter((name) => !LEFT_OUT.has(name) && (heavy || !HEAVY.has(name)));
  const places: Place[] = [start];
  let named = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(stepOf(chosen), { minLength: 1, maxLength: 20 }), async (steps) => {
      for (const step of steps) {
        named += 1;
        const request = requestOf(step, places, `a${seed.toString(36).replace('-', '')}-${named.toString(36)}`);
        const answer = await api.send(step.operation, request);
        if (answer.status >= 500)
          throw new Error(`${step.operation} answered ${answer.status} to ${JSON.stringify(request)}`);
        if (answer.problem === undefined) learn(places, request, answer);
      }
    }),
    { seed, numRuns: runs, interruptAfterTimeLimit: milliseconds, markInterruptAsFailure: false },
  );
  await requireAlive(target);
}

function stepOf(operations: readonly OperationId[]): fc.Arbitrary<Step> {
  const param = oddText.filter((value) => value.isWellFormed() && !/^\.{0,2}$|\//.test(value));
  const seldom = <T>(arbitrary: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
  return fc.record({
    operation: fc.oneof(...operations.map((name) => ({ weight: weightOf(name), arbitrary: fc.constant(name) }))),
    pick: fc.nat(),
    change: seldom(fc.tuple(fc.nat(), anything)),
    param: seldom(fc.tuple(fc.nat(), param)),
    query: seldom(param),
  });
}

/** More is created than deleted, so that later calls have records. */
function weightOf(operation: OperationId): number {
  if (operation === 'teams.create') return 1;
  return operation.endsWith('.create') ? 6 : routes[operation].method === 'DELETE' ? 1 : 3;
}

function requestOf({ operation, pick, change, param, query }: Step, places: readonly Place[], slug: string): Request {
  const route: Route = routes[operation];
  const example = exampleRequest(route);
  const place = placeFor(Object.keys(example.params), places, pick);
  const params = {
    ...example.params,
    ...Object.fromEntries(Object.keys(example.params).map((name) => [name, place[name] ?? example.params[name] ?? ''])),
  };
  const broken = Object.keys(params);
  const wrong = param === null ? undefined : broken[param[0] % Math.max(1, broken.length)];
  const names = Object.keys(route.query?.shape ?? {});
  const asked = names[pick % Math.max(1, names.length)];
  return {
    params: wrong === undefined || param === null ? params : { ...params, [wrong]: param[1] },
    ...(query !== null && asked !== undefined && { query: { [asked]: query } }),
    ...(example.body !== undefined && {
      body: bodyOf(example.body, { ...placeAround(place, places, pick), ...place }, slug, change),
    }),
  };
}

/** Ids for these parameters: as many related ones as are known. */
function placeFor(params: readonly string[], places: readonly Place[], pick: number): Place {
  const fits = (place: Place) => params.filter((name) => place[name] !== undefined).length;
  const best = Math.max(...places.map(fits));
  const candidates = places.filter((place) => fits(place) === best);
  const chosen = candidates[pick % candidates.length] ?? {};
  // A deployment belongs to a service and an environment, which are created separately.
  const missing = params.filter((name) => chosen[name] === undefined);
  const others = missing.map((name) =>
    places.findLast(
      (place) =>
        place[name] !== undefined && params.every((key) => key === name || (place[key] ?? chosen[key]) === chosen[key]),
    ),
  );
  return Object.assign({}, ...others, chosen);
}

/** Further known ids of the same team and project, for bodies. */
function placeAround(place: Place, places: readonly Place[], pick: number): Place {
  const near = places.filter((each) =>
    ['teamId', 'projectId'].every((key) => place[key] === undefined || each[key] === place[key]),
  );
  return near.length === 0 ? {} : Object.assign({}, ...near.slice(pick % near.length), near[pick % near.length]);
}

/** The example with our ids, its own slug, an upload as the source (this machine has nothing else), and at most one changed part. */
function bodyOf(example: unknown, place: Place, slug: string, change: Step['change']): unknown {
  const body = JSON.parse(JSON.stringify(example), (name, value: unknown) => {
    if (name === 'slug') return slug;
    if (name === 'email') return `${slug}@example.com`;
    return typeof value === 'string' ? (place[paramOf(value) ?? ''] ?? value) : value;
  });
  const paths = pathsOf(body).filter(([first]) => first !== 'source');
  const changed =
    change === null || paths.length === 0 ? body : replaced(body, paths[change[0] % paths.length] ?? [], change[1]);
  return 'source' in body ? { ...changed, source: { kind: 'upload' } } : changed;
}

const PARAMS = new Map(
  (Object.entries(idPrefixes) as [IdKind, string][]).map(([kind, prefix]) => [prefix, `${kind}Id`]),
);

/** `prj_01J…` → `projectId`; undefined if the text is not an id. */
function paramOf(id: string): string | undefined {
  const [, prefix = ''] = /^([a-z]+)_[0-9A-HJKMNP-TV-Z]{26}$/.exec(id) ?? [];
  return PARAMS.get(prefix);
}

/** Keeps the answered ids, together with the requested ones. */
function learn(places: Place[], { params = {} }: Request, { body }: Answer): void {
  const found = typeof body === 'object' && body !== null && 'items' in body ? (body.items as unknown[]) : [body];
  for (const each of found) {
    const id = (each as { readonly id?: unknown } | null)?.id;
    const param = typeof id === 'string' ? paramOf(id) : undefined;
    if (param === undefined) continue;
    places.push({ ...params, [param]: String(id) });
    if (places.length > KNOWN_PLACES) places.splice(1, 1);
  }
}
