import { releaseIdOf, toKubernetesName } from '@gantry/contract/ids.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { visit } from '../journeys/platform.ts';
import type { Bed, Served } from './bed.ts';
import { orphansOf, podOf, processesOf } from './processes.ts';
import { deadLetters, leaseHolder, objectsOf, podsIn, runningExecutions, weightsOf } from './state.ts';

/** What must be found once everything has come to rest. */
export interface Rest {
  /** What the app answers; undefined where it is gone. */
  readonly body: string | undefined;
  /** The deployments whose releases may be in the cluster: what serves first, then the one before. */
  readonly kept: readonly Deployment[];
  /** The one that ended. */
  readonly ended?: Deployment;
}

/** How long what goes on in the background may take: a lease whose holder died is waited for, thirty seconds. */
const REST_MS = 60_000;

/** What is wrong although everything had the time to come to rest; nothing where all is as it must be. */
export async function problemsAtRest(bed: Bed, served: Served, rest: () => Promise<Rest>): Promise<string[]> {
  let problems: string[] = [];
  for (const deadline = Date.now() + REST_MS; Date.now() < deadline; ) {
    problems = await problemsOf(bed, served, await rest()).catch((error: unknown) => [`cannot be looked at: ${error}`]);
    if (problems.length === 0) return [];
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return problems;
}

async function problemsOf({ platform }: Bed, served: Served, { body, kept, ended }: Rest): Promise<string[]> {
  const { target, url } = served;
  const [objects, weights, executions, holder, dead, pods, answer] = await Promise.all([
    objectsOf(platform, target),
    weightsOf(platform, target),
    runningExecutions(platform),
    leaseHolder(platform, target),
    deadLetters(platform),
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
    ...orphansOf(owned, platform.process.pid ?? 0).map(({ pid, command }) => `orphan process ${pid}: ${command}`),
    ...owned
      .map((each) => podOf(each, platform.dataDir))
      .filter((pod) => pod !== undefined && !pods.has(pod))
      .map((pod) => `a process of pod ${pod}, which is gone`),
    ...(ended?.steps ?? [])
      .filter(({ status }) => status === 'running')
      .map(({ name }) => `step ${name} of ${ended?.id} is still shown as running`),
  ];
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
