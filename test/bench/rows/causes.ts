import type { ServiceChange } from '@gantry/contract/schemas/services.ts';
import { developer, running } from '../../journeys/developer.ts';
import { newService } from '../../journeys/platform.ts';
import type { Figure, Topic } from '../figures.ts';
import type { Bed } from '../platform.ts';

const POLL_MS = 100;
const LATEST_MS = 60_000;
/** The target for naming a cause, in seconds. */
const AIM = 15;

interface Cause {
  readonly program: string;
  readonly settings?: ServiceChange;
  readonly says: RegExp;
}

const listening = (where: string, answer = 'response.end()') =>
  `require('node:http').createServer((_, response) => ${answer}).listen(${where});`;
const PORT = 'Number(process.env.PORT)';

const causes: Readonly<Record<string, Cause>> = {
  'it exits': { program: 'process.exit(7);', says: /exited with code 7/ },
  'its start command is not in the image': {
    program: '',
    settings: { runtime: { startCommand: 'nosuchprogram' } },
    says: /"nosuchprogram" was not found/,
  },
  'it listens on another port': { program: listening('3456'), says: /listens on 3456/ },
  'it listens on loopback alone': { program: listening(`${PORT}, '127.0.0.1'`), says: /listens on 127\.0\.0\.1/ },
  'it refuses its health check': {
    program: listening(PORT, 'response.writeHead(400).end()'),
    settings: { health: { path: '/health' } },
    says: /answered 400/,
  },
};

/** The time from the start of the watch over a broken app until the deployment names the cause. */
export const causesOf = (bed: Bed): Topic => ({
  name: 'causes',
  async measure() {
    const figures: Figure[] = [];
    for (const [number, [name, cause]] of Object.entries(causes).entries()) {
      const value = (await timeToName(bed, `cause-${number}`, cause)) / 1000;
      figures.push({
        name: `cause to message: ${name}`,
        value,
        unit: 's',
        aim: AIM,
        detail: 'from the begin of step verify',
      });
    }
    return figures;
  },
});

async function timeToName({ client }: Bed, slug: string, { program, settings, says }: Cause): Promise<number> {
  const ada = developer(client);
  const target = await newService(client, slug);
  if (settings !== undefined) await ada.configure(target, settings);
  const queued = await ada.queue(target, running(program));
  for (const deadline = Date.now() + LATEST_MS; Date.now() < deadline; ) {
    const { waitsFor, reason, steps } = await ada.get(target, queued);
    const begun = steps.find(({ name }) => name === 'verify')?.startedAt;
    if (begun !== undefined && says.test(`${waitsFor} ${reason?.detail}`)) return Date.now() - Date.parse(begun);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`${slug} was not told why within ${LATEST_MS / 1000} s`);
}
