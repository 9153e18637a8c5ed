import { LINES_PER_SECOND, MAX_LINE_BYTES, structureOf } from '@gantry/contract/log-line.ts';
import { createRateLimit } from '@gantry/local/cluster/kubelet/rate-limit.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { patience } from '../../patience.ts';
import { startTestCluster, type TestCluster, until } from './harness.ts';
import { created, pathOf, preparePlatform, scriptImage } from './objects.ts';

const NS = 'shop';
let test: TestCluster;

beforeAll(async () => {
  test = await startTestCluster();
  await preparePlatform(test.api, NS);
});
afterAll(() => test.stop());

/** Runs a program as a pod to its end, and returns the shipped lines once shipped and dropped lines are `count` together. */
async function outputOf(name: string, script: string, count: number): Promise<string[]> {
  const image = await scriptImage(test, script);
  const spec = { restartPolicy: 'Never', containers: [{ name: 'app', image }] };
  await created(test.api('POST', pathOf('Pod', NS), { metadata: { name }, spec }));
  await until(
    async () => (await test.api('GET', pathOf('Pod', NS, name))).body.status?.phase,
    (phase) => phase === 'Succeeded',
    20_000,
  );
  const shipped = () =>
    test.lines.filter(({ stream }) => stream === `${NS}/${name}/app`).map(({ line }) => line.message);
  await until(
    async () => written(shipped()),
    (lines) => lines === count,
  );
  return shipped();
}

const dropped = (lines: readonly string[]) =>
  lines.reduce((sum, line) => sum + Number(structureOf(line).fields?.['dropped'] ?? 0), 0);

/** How many lines an app wrote: the shipped lines, and the dropped lines that the markers among them count. */
const written = (lines: readonly string[]) => lines.filter((line) => !line.startsWith('{')).length + dropped(lines);

describe('an app that prints', () => {
  it('hundreds of megabytes is not slowed down, fills no memory, and the platform keeps answering', async () => {
    const megabytes = 200;
    const flood = `
      import { writeSync } from 'node:fs';
      const block = Buffer.from(('x'.repeat(99) + '\\n').repeat(10_000));
      const began = Date.now();
      for (let written = 0; written < ${megabytes}; written += 1) writeSync(1, block);
      writeSync(2, 'it took ' + (Date.now() - began) + ' ms\\n');
    `;
    const before = process.memoryUsage.rss();
    let [peak, slowest, over] = [0, 0, false];
    const watching = (async () => {
      while (!over) {
        const asked = performance.now();
        await test.api('GET', pathOf('Pod', NS));
        slowest = Math.max(slowest, performance.now() - asked);
        peak = Math.max(peak, process.memoryUsage.rss() - before);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    const began = performance.now();
    const lines = await outputOf('flood', flood, megabytes * 10_000 + 1);
    const seconds = (performance.now() - began) / 1000;
    over = true;
    await watching;
    const told = await test.api('GET', `${pathOf('Pod', NS, 'flood')}/log?tailLines=2000`);
    const [, took] = /it took (\d+) ms/.exec(told.body) ?? [];
    expect(Number(took)).toBeLessThan(patience(15_000));
    expect(slowest).toBeLessThan(patience(2_000));
    expect(peak).toBeLessThan(256 * 1024 * 1024);
    const markers = lines.filter((line) => structureOf(line).level === 'warn');
    // The rate, and the burst of two seconds before it.
    expect(lines.length - markers.length).toBeLessThanOrEqual(LINES_PER_SECOND * (2 + seconds));
    expect(structureOf(markers[0] ?? '').message).toMatch(
      /^… [\d,]+ lines dropped: this replica writes more than 1,000 lines/,
    );
  });

  it('a long or endless line has it cut at 32 KB with a mark, and continues with the next line', async () => {
    const script = `console.log('é'.repeat(100_000)); console.log('next'); process.stdout.write('y'.repeat(300_000) + '\\nthe end');`;
    const [long = '', next, endless = '', end] = await outputOf('long', script, 4);
    for (const line of [long, endless]) {
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(MAX_LINE_BYTES);
      expect(line).toMatch(/^(é+|y+)… \[cut at 32 KB\]$/);
    }
    expect([next, end]).toEqual(['next', 'the end']);
  });

  it('in bursts keeps all lines, and above the rate reads once a second how many were dropped', async () => {
    const kept: string[] = [];
    const limit = createRateLimit(
      () => 100,
      ({ text }) => kept.push(text),
    );
    for (let at = 0; at < 200; at++) limit.line({ at, text: `line ${at}` });
    expect(kept).toHaveLength(200);
    for (let at = 0; at < 5_000; at++) limit.line({ at, text: 'surplus' });
    await until(
      async () => dropped(kept),
      (count) => count > 0,
    );
    const markers = () => kept.filter((line) => line.startsWith('{'));
    expect(markers()).toHaveLength(1);
    limit.line({ at: 0, text: 'after a while' });
    expect(kept.at(-1)).toBe('after a while');
    expect(written(kept)).toBe(5_201);
    limit.close();
    expect(markers()).toHaveLength(1);
  });
});
