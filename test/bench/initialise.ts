import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSlot } from '@gantry/local/services/lambda/slot.ts';

/*
 * Starts workers of one function side by side, and prints the load time of each and their common memory.
 * Runs as its own program, so that its memory holds no code of other functions. Arguments: folder, handler, workers.
 */
const [codeDir = '', handler = '', workers = '1'] = process.argv.slice(2);
const home = mkdtempSync(join(tmpdir(), 'gantry-init-'));
const before = process.memoryUsage.rss();
const initMs: number[] = [];
const slots = [];
for (let worker = 0; worker < Number(workers); worker += 1) {
  const began = performance.now();
  const slot = startSlot({
    start: {
      codeDir,
      handler,
      functionArn: 'arn:aws:lambda:xx-local-1:000000000000:function:bench',
      logFormat: 'JSON',
    },
    env: { AWS_REGION: 'xx-local-1', HOME: home, TMPDIR: home, NODE_OPTIONS: '--enable-source-maps' },
    memoryMb: 512,
    line: () => undefined,
    ended: () => undefined,
  });
  slots.push(slot);
  const outcome = await slot.initialise(10_000);
  if (!outcome.ok) throw new Error(`${handler} could not be loaded: ${outcome.error.errorMessage}`);
  initMs.push(performance.now() - began);
}
process.stdout.write(JSON.stringify({ initMs, bytes: (process.memoryUsage.rss() - before) / slots.length }));
await Promise.all(slots.map((slot) => slot.stop()));
rmSync(home, { recursive: true, force: true });
