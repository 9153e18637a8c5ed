import { setTimeout as sleep } from 'node:timers/promises';
import { releaseIdOf, toKubernetesName } from '@gantry/contract/ids.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { type Platform, visit } from '../journeys/platform.ts';
import { patience, slowness } from '../patience.ts';
import type { Bed, Served } from './bed.ts';
import type { End } from './ground.ts';
import { type OwnedProcess, orphansOf, podOf, processesOf } from './processes.ts';
import {
  deadLetters,
  leaseHolder,
  type Operator,
  objectsOf,
  openOperator,
  podsIn,
  reconcile,
  runningExecutions,
  weightsOf,
} from './state.ts';

/** The expected state when everything is at rest. */
export interface Rest extends End {
  /** The app's answer; undefined when it is gone. */
  readonly body: string | undefined;
  /** The deployments whose releases may be in the cluster: the live one first, then the previous one. */
  readonly kept: readonly Deployment[];
  /** The deployment that ended. */
  readonly ended?: Deployment;
}

/** The final state that was found. */
export interface Rested {
  /** Faults that remain after everything had time to come to rest. */
  readonly problems: readonly string[];
  /** The number of reconciler runs until everything was right. */
  readonly reconciled: readonly string[];
}

/**
 * How long background work may take. A dead holder's lease ends after a minute. A dead consumer's message returns after three minutes; before that
 * the test invokes the reconciler, which may look at any time.
 */
const REST_MS = 80_000 * slowness;
const RECONCILED_MS = patience(20_000);
const POLL_MS = 250;

/** Waits until nothing is wrong, first without help, then with the reconciler's, and returns the remaining faults. */
export async function comeToRest(bed: Bed, problems: (operator: Operator) => Promise<string[]>): Promise<Rested> {
  const operator = openOperator(bed.platform);
  const look = async (ms: number): Promise<string[]> => {
    for (const deadline = Date.now() + ms; ; await sleep(POLL_MS)) {
      const found = await problems(operator).catch((error: unknown) => [String(error)]);
      if (found.length === 0 || Date.now() >= deadline) return found;
    }
  };
  try {
    const reconciled = await look(REST_MS);
    if (reconciled.length === 0) return { problems: [], reconciled };
    await reconcile(operator);
    return { problems: await look(RECONCILED_MS), reconciled };
  } finally {
    operator.close();
  }
}

/** The problems of a service, its objects in the cluster, and the processes of the platform. */
export async function serviceProblems(
  { platform }: Bed,
  operator: Operator,
  served: Served,
  found: Rest,
): Promise<string[]> {
  const { body, kept, ended } = found;
  const { target, url } = served;
  const [objects, weights, executions, holder, dead, pods, answer] = await Promise.all([
    objectsOf(platform, target),
    weightsOf(platform, target),
    runningExecutions(operator),
    leaseHolder(operator, target),
    deadLetters(operator),
    podsIn(platform),
    visit(url),
  ]);
  const releases = kept.map((deployment) => deployment.releaseId ?? releaseIdOf(deployment.id));
  const owned = processesOf(platform.dataDir);
  return [
    ...(body === undefined ? absence(answer.status, weights) : presence(answer.body, body, weights, releases)),
    ...objects.filter(({ release }) => !releases.includes(release ?? '')).map(({ name }) => `orphan object ${name}`),
    ...executions
      .filter((name) => ended === undefined || name.startsWith(ended.id))
      .map((name) => `execution ${name} still runs`),
    ...(holder === undefined ? [] : [`the lease is held by ${holder}`]),
    ...dead.map((letters) => `dead letters of ${letters}`),
    ...orphanProcesses(platform, owned),
    ...owned
      .map((each) => podOf(each, platform.dataDir))
      .filter((pod) => pod !== undefined && ![...pods].some((uid) => uid.startsWith(pod)))
      .map((pod) => `a process of pod ${pod}, which is gone`),
    ...(ended?.steps ?? [])
      .filter(({ status }) => status === 'running')
      .map(({ name }) => `step ${name} of ${ended?.id} is still shown as running`),
  ];
}

/** The processes of a data folder that run without the platform. */
export function orphanProcesses({ process: { pid = 0 } }: Platform, owned: readonly OwnedProcess[]): string[] {
  return orphansOf(owned, pid).map(({ pid: orphan, command }) => `orphan process ${orphan}: ${command}`);
}

type Weights = Awaited<ReturnType<typeof weightsOf>>;

function absence(status: number, weights: Weights): string[] {
  return [
    ...(status === 404 ? [] : [`the app's address answers ${status}`]),
    ...(weights === undefined ? [] : ['the route is still there']),
  ];
}

function presence(answered: string, body: string, weights: Weights = [], releases: readonly string[]): string[] {
  const sum = weights.reduce((total, { weight }) => total + weight, 0);
  const [live = ''] = releases;
  const known = releases.map(toKubernetesName);
  return [
    ...(answered === body ? [] : [`the app answers ${JSON.stringify(answered)}, not ${body}`]),
    ...(sum === 100 ? [] : [`weights sum to ${sum}`]),
    ...weights
      .filter(({ name, weight }) => (weight > 0 ? name !== toKubernetesName(live) : !known.includes(name)))
      .map(({ name, weight }) => `the route gives ${weight} % to ${name}`),
  ];
}
