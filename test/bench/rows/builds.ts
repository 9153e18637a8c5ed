import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveOf } from '@gantry/local/example/archive.ts';
import { follow, type Target, upload } from '@gantry/local/example/deploy.ts';
import { newService } from '../../journeys/platform.ts';
import { median, type Topic } from '../figures.ts';
import { type Bed, newApp } from '../platform.ts';

const APP = join(import.meta.dirname, '../../fixtures/apps/node-npm');
const MANIFEST = readFileSync(join(APP, 'package.json'), 'utf8');
const PAIRS = 3;
const LONGEST_MS = 120_000;

/** Two builds of each app, an app with two small dependencies: how much time the reuse of installed packages saves. */
export const builds = (bed: Bed): Topic => ({
  name: 'builds',
  async measure() {
    // Otherwise the first build would include the builder's own first start.
    await (await newApp(bed.client, 'bench-builds-before')).deploy('one');
    const [firsts, seconds] = [[] as number[], [] as number[]];
    for (let pair = 0; pair < PAIRS; pair += 1) {
      const target = await newService(bed.client, `bench-builds-${pair}`, { timeoutSeconds: 60 });
      const manifest = MANIFEST.replace('1.0.0', `1.0.${pair + 1}`);
      firsts.push(await builderMs(bed, target, manifest, 'first'));
      seconds.push(await builderMs(bed, target, manifest, 'second'));
    }
    const [first, second] = [median(firsts), median(seconds)];
    const detail = `of the builder, from its plan to the pushed image; median of ${PAIRS}`;
    const ratio = { times: second / first, to: 'the first' };
    return [
      { name: 'first build', value: first / 1000, unit: 's', detail },
      { name: 'second build, another source', value: second / 1000, unit: 's', ratio, detail },
    ];
  },
});

/** The builder's share of a deployment, from its plan to the pushed image, in milliseconds. */
async function builderMs({ client }: Bed, target: Target, manifest: string, version: string): Promise<number> {
  const build = `require('node:fs').mkdirSync('dist', { recursive: true });
require('node:fs').writeFileSync('dist/greeting.txt', '${version}');`;
  const { id } = await upload(client, target, await archiveOf(APP, { 'build.js': build, 'package.json': manifest }));
  const { status, reason } = await follow(client, target, id, undefined, LONGEST_MS);
  if (status !== 'live') throw new Error(`deployment ${id} is ${status}: ${reason?.detail}`);
  const { lines } = await client('logs.build', { params: { ...target, deploymentId: id }, query: {} });
  const at = (what: string) => {
    const found = lines.find(({ text }) => text.startsWith(what));
    if (found === undefined) throw new Error(`the build of ${id} has no line that begins with ${what}`);
    return found.at;
  };
  return at('Pushed ') - at('Plan: ');
}
