import { followDeployment } from '@gantry/client/follow.ts';
import { openLive } from '@gantry/client/live.ts';
import { type ReadLogs, tail } from '@gantry/client/tail.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { releaseIdOf } from '@gantry/contract/ids.ts';
import type { Analysis } from '@gantry/contract/schemas/analysis.ts';
import type { Deployment, Step } from '@gantry/contract/schemas/deployments.ts';
import type { LogLine } from '@gantry/contract/schemas/logs.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { topics } from '@gantry/contract/topics.ts';
import type { Flags, FlagValues, Surroundings } from './declare.ts';
import { type Output, paint, type Text, withItsColours } from './output.ts';
import { overviewOf, type Path } from './overview.ts';
import { openPolling } from './polling.ts';
import type { Session } from './session.ts';

/** The flags of every verb that makes a deployment. */
export const followFlags = {
  detach: { summary: 'do not follow the deployment', short: 'd' },
  timeout: { summary: 'stop following after this time; default 60', value: 'minutes' },
} as const satisfies Flags;

export interface Following {
  readonly detach: boolean;
  readonly timeoutMs: number;
}

/** Reads the flags, before anything is queued. Throws Invalid for an invalid time. */
export function followingOf(flags: FlagValues<typeof followFlags>): Following {
  const minutes = Number(flags.timeout ?? '60');
  if (!(minutes > 0 && minutes <= 24 * 60))
    throw new GantryError('Invalid', `--timeout is ${flags.timeout}, and must be a number of minutes up to 1440.`);
  return { detach: flags.detach === true, timeoutMs: minutes * 60_000 };
}

/** Follows a deployment, and prints its end as the result of the command. With `--json` the result is the value of `resultOf`. Fails with the deployment. */
export async function follow(
  context: Surroundings,
  session: Session,
  path: Path,
  queued: Deployment,
  following: Following,
  resultOf: (deployment: Deployment) => unknown = (deployment) => deployment,
): Promise<void> {
  const { out, interrupts } = context;
  interrupts.tell(goesOn(queued));
  if (following.detach) {
    out.result(resultOf(queued), queued.id);
    return;
  }
  const { end, printed } = await show(out, session, path, queued, following.timeoutMs).catch((error: unknown) => {
    // A lost connection is no failure of the deployment.
    throw error instanceof GantryError ? new GantryError(error.kind, `${error.message} ${goesOn(queued)}`) : error;
  });
  out.result(resultOf(end), end.status === 'live' ? (end.url ?? end.id) : '');
  if (end.status !== 'live') throw failureOf(end, printed, await beforeText(session, path));
}

/** The text of an interruption after a deployment was queued. */
export function interruptedText({ id }: Deployment): string {
  return `Interrupted. Deployment ${shortId(id)} continues; stop it with \`gantry cancel ${shortId(id)}\`.`;
}

/** The future of a deployment after an interruption. */
function goesOn({ id }: Deployment): string {
  return `Deployment ${shortId(id)} continues. See \`gantry deployments\`; stop it with \`gantry cancel ${shortId(id)}\`.`;
}

/** Follows it to its end: steps with their times, and the output of build and app. */
async function show(out: Output, session: Session, path: Path, queued: Deployment, timeoutMs: number) {
  const { client } = session;
  const live = session.kind === 'person' ? await openLive(client) : openPolling();
  const view = stepView(out);
  const printed = new Set<string>();
  const print = (lines: readonly LogLine[], name: string) => {
    for (const { text } of lines) {
      printed.add(text);
      out.note([paint('dim', `${name} │`), ' ', withItsColours(text)]);
    }
  };
  const { id, createdAt, source } = queued;
  const follows = [
    source.kind !== 'release' && {
      topic: topics.buildLogs(id),
      read: ((query) => client('logs.build', { params: { ...path, deploymentId: id }, query })) satisfies ReadLogs,
      onLines: (lines: readonly LogLine[]) => print(lines, 'build'),
    },
    {
      topic: topics.appLogs(path.serviceId, path.environmentId),
      read: ((query) => client('logs.app', { params: path, query })) satisfies ReadLogs,
      filter: { since: createdAt, release: releaseIdOf(id) },
      onLines: (lines: readonly LogLine[]) => print(lines, 'app  '),
    },
  ];
  const lines = follows.map((one) =>
    // A user who may deploy may lack the right to read logs: the steps show the result.
    one === false ? undefined : tail({ ...one, live, scope: path, onEnd: () => undefined }).catch(() => undefined),
  );
  try {
    const onChange = (deployment: Deployment) => view.show(deployment);
    const end = await followDeployment({ live, client, target: path, deploymentId: id, onChange, timeoutMs });
    await Promise.all(lines);
    return { end, printed };
  } finally {
    view.close();
    for (const tailing of lines) void tailing?.then((one) => one?.stop());
    live.close();
  }
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** One line per ended step; on a terminal, a moving line for the running one. */
function stepView(out: Output) {
  const told = new Set<string>();
  let current: Deployment | undefined;
  let frame = 0;
  const draw = () => {
    frame += 1;
    const step = current?.steps.findLast(({ endedAt }) => endedAt === null);
    const name = step?.name ?? current?.status ?? 'queued';
    const since = Date.parse(step?.startedAt ?? current?.queuedAt ?? new Date().toISOString());
    out.status(`${FRAMES[frame % FRAMES.length]} ${name.padEnd(16)}${seconds(Math.max(0, Date.now() - since))}`);
  };
  const timer = out.live ? setInterval(draw, 100) : undefined;
  return {
    show(deployment: Deployment) {
      current = deployment;
      for (const step of deployment.steps) {
        const key = `${step.run} ${step.name}`;
        if (step.endedAt === null || told.has(key)) continue;
        told.add(key);
        out.note(lineOf(step));
      }
      const { analysis } = deployment;
      if (analysis === null || told.has(analysis.lookedAt)) return;
      told.add(analysis.lookedAt);
      out.note(verdictLine(analysis));
    },
    close() {
      clearInterval(timer);
      out.status(undefined);
    },
  };
}

function lineOf({ name, status, startedAt, endedAt, attempts }: Step): Text {
  const mark = status === 'succeeded' ? paint('green', '✓') : paint('red', '✗');
  const took = seconds(Date.parse(endedAt ?? startedAt) - Date.parse(startedAt));
  return [mark, ` ${name.padEnd(16)}${took}${attempts > 1 ? `  after ${attempts} attempts` : ''}`];
}

const VERDICTS = { good: paint('green', 'good'), bad: paint('red', 'bad'), unclear: paint('dim', 'unclear') };

/** One look at a release with a share of the traffic. */
function verdictLine({ verdict, weight, checks }: Analysis): Text {
  const errors = checks.find(({ metric }) => metric === 'errors');
  const seen = errors === undefined ? '' : `  ${errors.release.bad} of ${errors.release.requests} requests failed`;
  return [`  ${String(weight).padStart(3)} % of the traffic  `, VERDICTS[verdict], seen];
}

/** Milliseconds in a form that is easy to compare. */
function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1).padStart(6)} s`;
}

/** The release that stays live after a failed deployment. */
async function beforeText({ client }: Session, path: Path): Promise<string> {
  const overview = await overviewOf(client, path).catch(() => undefined);
  if (overview === undefined) return 'See `gantry status`.';
  return overview.live === undefined ? 'Nothing is live yet.' : 'The previous release is still live.';
}

function failureOf({ id, status, reason }: Deployment, printed: ReadonlySet<string>, before: string): GantryError {
  if (reason !== null) {
    const lines = reason.lines.filter((line) => !printed.has(line));
    return new GantryError(reason.kind, `${reason.detail} ${before}`, [], { lines });
  }
  if (status === 'superseded') return new GantryError('Superseded', `A newer deployment replaced ${shortId(id)}.`);
  return new GantryError(
    'Conflict',
    `Deployment ${shortId(id)} was ${status === 'cancelled' ? 'cancelled' : 'removed'}.`,
  );
}
