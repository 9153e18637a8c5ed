import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');
/** On an idle machine it takes less than a minute. */
const LIMIT_MS = 240_000;

/** The program's exit code, and what it printed. */
function grants(...flags: readonly string[]): Promise<{ readonly code: number; readonly printed: string }> {
  return new Promise((resolve) => {
    const program = [join(ROOT, 'test/permissions/grants.ts'), ...flags];
    const options = { cwd: ROOT, timeout: LIMIT_MS - 10_000, killSignal: 'SIGTERM' } as const;
    execFile(process.execPath, program, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), printed: `${stdout}${stderr}` });
    });
  });
}

it(
  'every permission is used, and one of them is missed as soon as it is deleted',
  async () => {
    const { code, printed } = await grants('--sample', '1');
    if (code !== 0) throw new Error(printed);
    expect(printed).toContain('0 problems');
    expect(printed.match(/^✓ \S+ → "/gm)).toHaveLength(1);
  },
  LIMIT_MS,
);
