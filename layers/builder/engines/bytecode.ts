import { BuildError } from '../build-error.ts';
import { runCommand } from '../command.ts';
import type { BuildJob } from './engine.ts';

const VENV = '.venv';

/**
 * Compiles the Python of an app, or what it has installed, so that no replica does that when it starts: with Django and its kin that takes seconds. A file
 * is known by its hash, since an image holds no times; that of an installed one is never looked at again. A file that
 * does not compile is left as it is: not all that ends with `.py` is meant to be run.
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
