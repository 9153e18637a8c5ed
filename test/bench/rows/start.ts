import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '@gantry/infra/constructs/bundle.ts';
import { newDataDir, removeData, startPlatform } from '../../journeys/platform.ts';
import { median, type Topic, timed } from '../figures.ts';

/** First starts, in turn with `cdk synth`. */
const FIRSTS = 2;
/** Starts that reuse everything. */
const REUSES = 3;
/** The target for a first start, as a multiple of `cdk synth`. */
const FIRST_AIM = 1.3;

/** How soon `npm start -- --empty` is ready for its user. */
export const start: Topic = {
  name: 'start',
  async measure() {
    const [synths, firsts, again]: [number[], number[], number[]] = [[], [], []];
    for (let run = 0; run < FIRSTS; run += 1) {
      process.env.GANTRY_FIRST_OWNER_EMAIL = `bench-${run}-${Date.now()}@example.com`;
      synths.push(await timed(async () => synth()));
      const dataDir = newDataDir();
      firsts.push(await ready(dataDir));
      if (run === FIRSTS - 1) for (let reuse = 0; reuse < REUSES; reuse += 1) again.push(await ready(dataDir));
      removeData(dataDir);
    }
    const [first, alone] = [median(firsts), median(synths)];
    const detail = `median of ${FIRSTS}, in turn`;
    return [
      { name: 'cdk synth alone', value: alone / 1000, unit: 's', detail },
      {
        name: 'ready, first start (with synthesis)',
        value: first / 1000,
        unit: 's',
        ratio: { times: first / alone, to: 'cdk synth', aim: FIRST_AIM },
        detail,
      },
      { name: 'ready, second start', value: median(again) / 1000, unit: 's', aim: 3, detail: `median of ${REUSES}` },
    ];
  },
};

/** Calls the AWS CLI, as an operator does. */
function synth(): void {
  const output = mkdtempSync(join(tmpdir(), 'gantry-synth-'));
  try {
    const cdk = join(ROOT, 'node_modules/aws-cdk/bin/cdk');
    execFileSync(process.execPath, [cdk, 'synth', '--quiet', '--output', output], { cwd: ROOT, stdio: 'pipe' });
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

async function ready(dataDir: string): Promise<number> {
  const began = performance.now();
  const platform = await startPlatform({ dataDir });
  const ms = performance.now() - began;
  await platform.stop();
  return ms;
}
