import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { planBuild } from '@gantry/builder/detect.ts';
import { diskTree } from '@gantry/builder/source-tree.ts';
import { type Figure, median, quantile, type Topic, timed } from '../figures.ts';

const run = promisify(execFile);
const RUNS = 50;
const FILES = 5_000;

/** The cost of a plan, from the files on disk: an app in a workspace with thousands of source files. */
export const planning: Topic = {
  name: 'planning',
  async measure() {
    const root = mkdtempSync(join(tmpdir(), 'gantry-bench-plan-'));
    const write = (path: string, content: string) => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    };
    write('package.json', JSON.stringify({ workspaces: ['apps/*', 'packages/*'] }));
    write('package-lock.json', '{}');
    const scripts = { build: 'next build', start: 'next start' };
    write('apps/web/package.json', JSON.stringify({ name: 'web', scripts, dependencies: { next: '16.0.0' } }));
    for (let index = 0; index < 50; index += 1) write(`packages/p${index}/package.json`, `{ "name": "p${index}" }`);
    for (let index = 0; index < FILES; index += 1) write(`apps/web/src/f${index % 100}/m${index}.ts`, 'export {};\n');
    try {
      const plan = () => planBuild(diskTree(root), undefined, 'apps/web');
      const first = await timed(plan);
      const times: number[] = [];
      for (let run = 0; run < RUNS; run += 1) times.push(await timed(plan));
      const name = `a plan of an app in a workspace of 51 packages, with ${FILES} files`;
      const { figures, missing } = await others(join(root, 'apps/web'), median(times));
      const without = missing.length === 0 ? '' : `; ${missing.join(' and ')} did not run on this machine`;
      return [
        {
          name,
          value: median(times),
          unit: 'ms',
          aim: 20,
          detail: `median of ${RUNS}; p95 ${quantile(times, 0.95).toFixed(1)} ms${without}`,
        },
        { name: 'the first of these plans in a process', value: first, unit: 'ms' },
        ...figures,
      ];
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  },
};

/** Other planners, called as their makers document it. The benchmark installs none: it measures those that this machine has. */
const OTHERS: readonly (readonly [program: string, ...args: string[]])[] = [
  ['nixpacks', 'plan'],
  ['railpack', 'plan'],
];
const OTHER_RUNS = 10;

/** The cost of the same app with them. Each is a program: a whole process. A missing or failed planner is named. */
async function others(folder: string, own: number): Promise<{ figures: Figure[]; missing: string[] }> {
  const [figures, missing]: [Figure[], string[]] = [[], []];
  for (const [program, ...args] of OTHERS) {
    const plan = () => run(program, [...args, folder]);
    const works = await plan().then(
      () => true,
      () => false,
    );
    if (!works) {
      missing.push(program);
      continue;
    }
    const times: number[] = [];
    for (let turn = 0; turn < OTHER_RUNS; turn += 1) times.push(await timed(plan));
    const value = median(times);
    figures.push({
      ...{ name: `\`${program} ${args.join(' ')}\` of the app alone, as a process`, value, unit: 'ms' },
      detail: `median of ${OTHER_RUNS}`,
      ratio: { times: value / own, to: 'our plan' },
    });
  }
  return { figures, missing };
}
