import { GantryError } from '@gantry/contract/errors.ts';
import { openLive } from '@gantry/contract/live.ts';
import type { LogLine, LogPage } from '@gantry/contract/schemas/logs.ts';
import { topics } from '@gantry/contract/schemas/realtime.ts';
import { tail } from '@gantry/contract/tail.ts';
import { verb } from '../declare.ts';
import { type Level, levelOf, levels } from '../logLevel.ts';
import { type Output, printable } from '../output.ts';
import { deploymentOf, isInFlight } from '../overview.ts';
import { openPolling } from '../polling.ts';
import { openSession } from '../session.ts';
import { instantOf } from '../since.ts';
import { pathOf, targetFlags, targetOf } from '../target.ts';

const SINCE = '1h';

export const command = verb({
  details:
    `Of the app, the lines of the last hour; of a build (--build), all. --since takes a duration (30s, 15m, 2h, 3d) or an instant (2026-11-20T09:30:00Z).\n` +
    'Levels are read from JSON lines, and from a word such as WARN at the beginning of others; a line without a level has level info.',
  args: { deployment: { summary: 'with --build: whose build; the newest where absent', optional: true } },
  flags: {
    ...targetFlags,
    build: { summary: 'what the build printed, instead of the app', short: 'b' },
    follow: { summary: 'go on with what comes', short: 'f' },
    since: { summary: `only lines from then on; ${SINCE} where absent`, value: 'time' },
    filter: { summary: 'only lines that hold this text, whatever its case', value: 'text' },
    level: { summary: 'only lines of this level or above it', value: 'level', choices: levels },
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
    const from = since === undefined ? {} : { since: instantOf(since, Date.now()) };
    const print = printer(out, flags.filter, flags.level);
    const build = flags.build ? await deploymentOf(client, path, args.deployment) : undefined;
    const topic = build === undefined ? topics.appLogs(path.serviceId, path.environmentId) : topics.buildLogs(build.id);
    const read = (query: { limit?: string; cursor?: string; since?: string }): Promise<LogPage> =>
      build === undefined
        ? client('logs.app', { params: path, query: { ...from, ...query } })
        : client('logs.build', { params: { ...path, deploymentId: build.id }, query: { ...from, ...query } });
    if (!flags.follow) {
      for (let query: { cursor?: string } | undefined = {}; query !== undefined; ) {
        const { lines, next }: LogPage = await read({ limit: '100', ...query });
        print(lines);
        query = next === null ? undefined : { cursor: next };
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
    await tail({ live, scope: path, topic, read, onLines: print, onEnd: ended.reject });
    await ended.promise;
  },
});

/** Prints what passes the filters. */
function printer(out: Output, filter: string | undefined, level: Level | undefined) {
  const text = filter?.toLowerCase();
  const least = level === undefined ? 0 : levels.indexOf(level);
  return (lines: readonly LogLine[]) => {
    for (const line of lines) {
      if (text !== undefined && !line.text.toLowerCase().includes(text)) continue;
      if (levels.indexOf(levelOf(line.text)) < least) continue;
      const shown = process.stdout.isTTY ? printable(line.text) : line.text;
      out.item(line, `${new Date(line.at).toISOString()} ${shown}`);
    }
  };
}
