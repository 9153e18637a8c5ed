import { GantryError } from '@gantry/contract/errors.ts';
import { openLive } from '@gantry/contract/live.ts';
import { type LogFilter, LogLevel, type LogLine } from '@gantry/contract/schemas/logs.ts';
import { topics } from '@gantry/contract/schemas/realtime.ts';
import { type ReadLogs, tail } from '@gantry/contract/tail.ts';
import { verb } from '../declare.ts';
import { withItsColours } from '../output.ts';
import { deploymentOf, isInFlight } from '../overview.ts';
import { openPolling } from '../polling.ts';
import { openSession } from '../session.ts';
import { instantOf } from '../since.ts';
import { pathOf, targetFlags, targetOf } from '../target.ts';

const SINCE = '1h';

export const command = verb({
  details:
    `Of the app, the lines of the last hour; of a build (--build), all. --since takes a duration (30s, 15m, 2h, 3d) or an instant (2026-11-20T09:30:00Z).\n` +
    'A line that tells no level counts as info.',
  args: { deployment: { summary: 'with --build: whose build; the newest where absent', optional: true } },
  flags: {
    ...targetFlags,
    build: { summary: 'what the build printed, instead of the app', short: 'b' },
    follow: { summary: 'go on with what comes', short: 'f' },
    since: { summary: `only lines from then on; ${SINCE} where absent`, value: 'time' },
    filter: { summary: 'only lines that hold this text, whatever its case', value: 'text' },
    level: { summary: 'only lines of this level or above it', value: 'level', choices: LogLevel.options },
  },
  examples: ['logs --follow', 'logs --since 15m --level error', 'logs --build', 'logs --filter "GET /cart" --json'],
  async run(context) {
    const { args, flags, interrupts, out } = context;
    const session = await openSession(context);
    const { client } = session;
    const path = pathOf(await targetOf(context, session, flags));
    if (args.deployment !== undefined && !flags.build)
      throw new GantryError('Invalid', 'A deployment is named for its build: add --build.');
    const since = flags.since ?? (flags.build ? undefined : SINCE);
    const filter: LogFilter = {
      ...(since !== undefined && { since: instantOf(since, Date.now()) }),
      ...(flags.filter !== undefined && { text: flags.filter }),
      ...(flags.level !== undefined && { level: flags.level }),
    };
    const build = flags.build ? await deploymentOf(client, path, args.deployment) : undefined;
    const topic = build === undefined ? topics.appLogs(path.serviceId, path.environmentId) : topics.buildLogs(build.id);
    const read: ReadLogs = (query) =>
      build === undefined
        ? client('logs.app', { params: path, query })
        : client('logs.build', { params: { ...path, deploymentId: build.id }, query });
    const print = (lines: readonly LogLine[]) => {
      for (const line of lines) {
        out.item(line, [`${new Date(line.at).toISOString()} `, withItsColours(line.text)]);
      }
    };
    if (!flags.follow) {
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = await read({ ...filter, limit: '1000', ...(cursor !== undefined && { cursor }) });
        print(page.lines);
        cursor = page.next;
      }
      return;
    }
    interrupts.tell(
      build !== undefined && isInFlight(build)
        ? `Deployment ${build.id} goes on. Stop it with \`gantry cancel ${build.id}\`.`
        : 'The app runs on.',
    );
    const live = session.kind === 'person' ? await openLive(client) : openPolling();
    const ended = Promise.withResolvers<void>();
    await tail({ live, scope: path, topic, read, filter, onLines: print, onEnd: ended.reject });
    await ended.promise;
  },
});
