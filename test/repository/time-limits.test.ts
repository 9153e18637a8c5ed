import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { slowness } from '../patience.ts';

const root = join(import.meta.dirname, '../..');

interface Outcome {
  readonly title: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}

/** Runs `limited.ts` as `npm test` does, as if this machine were this many times slower. */
function outcomesAt(slower: number): Promise<readonly Outcome[]> {
  const flags = ['--no-warnings', join(root, 'node_modules/jest/bin/jest.js')];
  const only = ['--testMatch', '<rootDir>/test/repository/limited.ts', '--json', '--silent'];
  const env = { ...process.env, GANTRY_TEST_SLOWNESS: String(slower) };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [...flags, ...only], { cwd: root, env }, (_, stdout, stderr) => {
      try {
        const { testResults } = JSON.parse(stdout) as { testResults: { assertionResults: Outcome[] }[] };
        resolve(testResults[0]?.assertionResults ?? []);
      } catch {
        reject(new Error(stderr));
      }
    });
  });
}

describe('the time limits of tests', () => {
  it('grow with the slowness measured before the first test', async () => {
    expect(process.env['GANTRY_TEST_SLOWNESS']).toBe(String(slowness));
    const [ends, never] = await outcomesAt(10);
    expect(ends).toMatchObject({ title: 'ends within the time that the machine needs', status: 'passed' });
    expect(never).toMatchObject({ title: 'never ends', status: 'failed' });
    // Ten times the written 100 ms, and twice that, because other work may begin.
    expect(never?.failureMessages[0]).toContain('Exceeded timeout of 2000 ms for a test');
  });

  it.each([
    ['a deadline', /\b(?:deadline|end|limit)\w* = (?:Date|performance)\.now\(\) \+ \d/i],
    ['the limit of a request', /AbortSignal\.timeout\(\d/],
    ['the limit of a process or a request', /\btimeout: \d/],
    ['the limit of a deployment that is followed', /\bfollow\([^;\n]*, \d/],
    [
      'a pause of more than two seconds',
      /^\s*await (?:sleep\(|new Promise\(\(resolve\) => setTimeout\(resolve, )(?:[3-9]|\d\d)_?\d{3}\b/,
    ],
  ])('are never a bare number: %s', (_, bare) => {
    const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.m?ts$/.test(file) && !/^(?:bench|fixtures)\//.test(file))
      .map((file) => join('test', file));
    const lines = files.flatMap((file) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .flatMap((line, index) => (bare.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : [])),
    );
    expect(lines).toEqual([]);
  });
});
