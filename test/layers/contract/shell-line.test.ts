import { spawnSync } from 'node:child_process';
import { handOver } from '@gantry/contract/shell-line.ts';
import { describe, expect, it } from '@jest/globals';

const said = (line: string) =>
  spawnSync('sh', ['-c', line], { encoding: 'utf8', env: { PATH: process.env.PATH, PORT: '8080' } });

describe('A25: the shell of a start command', () => {
  it.each([
    ['echo $PORT', 'exec echo $PORT'],
    ['echo "a  b" \'c\'', 'exec echo "a  b" \'c\''],
    ['MODE=web OTHER=$PORT env', 'exec env MODE=web OTHER=$PORT env'],
    [`cd / && echo \${PORT:-80}`, `cd / && exec echo \${PORT:-80}`],
    ['export A=1; echo $A', 'export A=1; exec echo $A'],
  ])('replaces itself by the last program: %s', (line, handed) => {
    expect(handOver(line)).toBe(handed);
    expect(said(handed).stdout.split('\n').sort()).toEqual(
      expect.arrayContaining(said(line).stdout.split('\n').sort()),
    );
    expect(said(handed).status).toBe(0);
  });

  it.each([
    'echo a | cat',
    'echo "a && b"',
    'echo a &',
    '(echo a)',
    'echo a > /dev/null',
    'cd /',
    'exec echo a',
    'if true; then echo a; fi',
    'for x in a b; do echo $x; done',
    'trap "echo end" EXIT; echo a',
    'echo a || echo b',
    '',
  ])('stays when the line holds more than that: %s', (line) => {
    expect(handOver(line)).toBe(line);
  });
});
