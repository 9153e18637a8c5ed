import { join } from 'node:path';
import { archiveOf } from '@gantry/local/example/archive.ts';
import { follow, type Target, upload } from '@gantry/local/example/deploy.ts';
import { newService } from '../../journeys/platform.ts';
import { type Figure, median, type Topic } from '../figures.ts';
import { type Bed, newApp } from '../platform.ts';

const APP = join(import.meta.dirname, '../../fixtures/apps/node-npm');
const AGAIN = 3;
const LONGEST_MS = 120_000;

/** Builds of an app with dependencies: what an unchanged lock file saves. */
export const builds = (bed: Bed): Topic => ({
  name: 'builds',
  async measure() {
    // Otherwise the first build would be the first of all.
    await (await newApp(bed.client, 'bench-builds-before')).deploy('one');
    const target = await newService(bed.client, 'bench-builds', { timeoutSeconds: 60 });
    const first = await buildMs(bed, target, 0);
    const again: number[] = [];
    for (let run = 1; run <= AGAIN; run += 1) again.push(await buildMs(bed, target, run));
    const [value, ratio] = [median(again) / 1000, { times: median(again) / first, to: 'the first build' }];
    const detail = `npm ci, a build script and npm prune; median of ${AGAIN} with another source and the same lock file`;
    return [
      {
        name: 'first build, in the builder',
        value: first / 1000,
        unit: 's',
        detail: 'with an empty cache of packages',
      },
      { name: 'second build, in the builder', value, unit: 's', ratio, detail },
    ] satisfies Figure[];
  },
});

/** What the builder took of a deployment, from its first line of output until the image was pushed, in milliseconds. */
async function buildMs({ client }: Bed, target: Target, version: number): Promise<number> {
  const build = `require('node:fs').mkdirSync('dist', { recursive: true });
require('node:fs').writeFileSync('dist/greeting.txt', '${version}');`;
  const { id } = await upload(client, target, await archiveOf(APP, { 'build.js': build }));
  const { status, reason } = await follow(client, target, id, undefined, LONGEST_MS);
  if (status !== 'live') throw new Error(`deployment ${id} is ${status}: ${reason?.detail}`);
  const { lines } = await client('logs.build', { params: { ...target, deploymentId: id }, query: {} });
  const at = (what: string) => {
    const found = lines.find(({ text }) => text.startsWith(what));
    if (found === undefined) throw new Error(`the build of ${id} has no line that begins with ${what}`);
    return found.at;
  };
  return at('Pushed ') - at('Building deployment ');
}
