import { openLive } from '@gantry/client/live.ts';
import { type ReadLogs, tail } from '@gantry/client/tail.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { logWriters } from '@gantry/contract/log-levels.ts';
import { type LogFilter, LogLevel, type LogLine } from '@gantry/contract/schemas/logs.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { topics } from '@gantry/contract/topics.ts';
import { verb } from '../declare.ts';
import { linePrinter } from '../log-text.ts';
import { wholeNumber } from '../numbers.ts';
import { deploymentOf, isInFlight } from '../overview.ts';
import { openPolling } from '../polling.ts';
import { openSession } from '../session.ts';
import { instantOf } from '../since.ts';
import { pathOf, targetFlags, targetOf } from '../target.ts';

const SINCE = '1h';
/** The most lines that -n buffers. */
const MOST_LAST = 10_000;

export const command = verb({
  details:
    `Prints the app's lines of the last hour, or all lines of a build (--build). --since and --until take a duration (30s, 15m, 2h, 3d) or an instant (2026-11-20T09:30:00Z).\n` +
    'A line without a level counts as info.',
  args: { deployment: { summary: 'with --build: the deployment of the build; default the newest', optional: true } },
  flags: {
    ...targetFlags,
    build: { summary: "the output of the build, instead of the app's", short: 'b' },
    follow: { summary: 'keep streaming', short: 'f' },
    since: { summary: `only lines from then on; default ${SINCE}`, value: 'time' },
    until: { summary: 'only lines up to then', value: 'time' },
    lines: { summary: `only the last lines, at most ${MOST_LAST}`, value: 'number', short: 'n' },
    replica: { summary: 'only lines of this replica: the source of a line under --json', value: 'name' },
    writer: {
      summary: "only the app's lines, or only Gantry's lines about its instances: exits, restarts",
      value: 'writer',
      choices: logWriters,
    },
    filter: { summary: 'only lines with this text, in upper or lower case', value: 'text' },
    level: { summary: 'only lines of this level or above it', value: 'level', choices: LogLevel.options },
  },
  examples: [
    'logs --follow',
    'logs -n 100',
    'logs --since 2h --until 1h --level error',
    'logs --writer gantry --since 1d',
    'logs --build',
    'logs --filter "GET /cart" --json',
  ],
  async run(context) {
    const { args, flags, interrupts, out } = context;
    const session = await openSession(context);
    const { client } = session;
    const path = pathOf(await targetOf(context, session, flags));
    if (args.deployment !== undefined && !flags.build)
      throw new GantryError('Invalid', 'A deployment is named for its build: add --build.');
    if (flags.build && flags.replica !== undefined)
      throw new GantryError('Invalid', 'A build has no replicas: leave out --replica or --build.');
    if (flags.build && flags.writer !== undefined)
      throw new GantryError('Invalid', 'A build has one writer: leave out --writer or --build.');
    if (flags.follow && flags.until !== undefined)
      throw new GantryError('Invalid', 'A followed log has no end: leave out --until or --follow.');
    const last = flags.lines === undefined ? undefined : Math.min(wholeNumber('--lines', flags.lines), MOST_LAST);
    const since = flags.since ?? (flags.build ? undefined : SINCE);
    const filter: LogFilter = {
      ...(since !== undefined && { since: instantOf('--since', since, Date.now()) }),
      ...(flags.until !== undefined && { until: instantOf('--until', flags.until, Date.now()) }),
      ...(flags.replica !== undefined && { replica: flags.replica }),
      ...(flags.writer !== undefined && { writer: flags.writer }),
      ...(flags.filter !== undefined && { text: flags.filter }),
      ...(flags.level !== undefined && { level: flags.level }),
    };
    const build = flags.build ? await deploymentOf(client, path, args.deployment) : undefined;
    const topic = build === undefined ? topics.appLogs(path.serviceId, path.environmentId) : topics.buildLogs(build.id);
    const read: ReadLogs = (query) =>
      build === undefined
        ? client('logs.app', { params: path, query })
        : client('logs.build', { params: { ...path, deploymentId: build.id }, query });
    const print = linePrinter(out.item);
    // With -n, older lines are buffered until the last ones are known.
    let held: LogLine[] | undefined = last === undefined ? undefined : [];
    const take = (lines: readonly LogLine[]) => {
      if (held === undefined) print(lines);
      else held = last === 0 ? [] : [...held, ...lines].slice(-(last ?? 0));
    };
    const release = () => {
      print(held ?? []);
      held = undefined;
    };
    if (!flags.follow) {
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = await read({ ...filter, limit: '1000', ...(cursor !== undefined && { cursor }) });
        take(page.lines);
        cursor = page.next;
      }
      release();
      return;
    }
    interrupts.tell(
      build !== undefined && isInFlight(build)
        ? `Deployment ${shortId(build.id)} continues. Stop it with \`gantry cancel ${shortId(build.id)}\`.`
        : 'The app is still running.',
    );
    const live = session.kind === 'person' ? await openLive(client) : openPolling();
    const ended = Promise.withResolvers<void>();
    await tail({ live, scope: path, topic, read, filter, onLines: take, onEnd: ended.reject });
    release();
    await ended.promise;
  },
});
