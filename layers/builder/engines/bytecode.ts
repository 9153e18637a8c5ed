import { BuildError } from '../build-error.ts';
import { runCommand } from '../command.ts';
import type { BuildJob } from './engine.ts';

const VENV = '.venv';

/**
 * Compiles the Python files of an app, or of its installed packages, so that no replica compiles them when it starts:
 * with Django and the like that takes seconds. Python checks an app's file by its hash, because an image holds no
 * times, and never checks an installed file again. Files that do not compile are ignored: not every `.py` file is meant
 * to run.
 */
export async function compilePython(
  job: BuildJob,
  env: Readonly<Record<string, string>>,
  part: 'app' | 'installed',
): Promise<void> {
  const options = ['-m', 'compileall', '-f', '-qq', '-j', '0', '-s', job.root, '-p', '/app', '--invalidation-mode'];
  const what =
    part === 'installed' ? ['unchecked-hash', VENV] : ['checked-hash', '-x', `^\\./\\${VENV}/|/node_modules/`, '.'];
  const run = { ...job, cwd: job.root, env: { ...env, PYTHONHASHSEED: '0' }, onLine: job.print };
  try {
    await runCommand('the compilation of Python', ['python', ...options, ...what], run);
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
  }
}
