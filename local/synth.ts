import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { StartFailure } from './failure.ts';

/** The inputs of the assembly, as paths under the repository. */
const INPUTS = ['infra', 'functions', 'layers', 'dashboard', 'statemachines', 'package-lock.json', 'gantry.stage.json'];
const IGNORED = new Set(['node_modules', '.DS_Store']);
const TIMEOUT_MS = 300_000;
/** The number of kept assemblies: a running instance may still read its functions' code from its own. */
const KEPT = 8;

/**
 * Returns the folder of the assembly for the repository's present state: synthesized by `infra/app.ts` if an input changed, else reused. Folders are
 * named by the hash of the inputs and appear complete, so any number of instances can share them. Throws a `StartFailure` with the app's last lines
 * when the synthesis fails.
 */
export async function synthesize(root: string, note: (line: string) => void): Promise<string> {
  const cache = join(root, '.cache', 'assembly');
  const directory = join(cache, hashOf(root, process.env));
  if (existsSync(join(directory, 'manifest.json'))) {
    const now = new Date();
    utimesSync(directory, now, now);
    return directory;
  }
  const started = performance.now();
  const scratch = `${directory}.${process.pid}`;
  rmSync(scratch, { recursive: true, force: true });
  try {
    await runApp(root, scratch);
    renameSync(scratch, directory);
  } catch (error) {
    rmSync(scratch, { recursive: true, force: true });
    // Another instance may have put the same assembly there first.
    if (!existsSync(join(directory, 'manifest.json'))) throw error;
  }
  prune(cache);
  note(`synthesized in ${Math.round(performance.now() - started)} ms`);
  return directory;
}

/** The stage's variables are inputs too. */
function hashOf(root: string, environment: Readonly<Record<string, string | undefined>>): string {
  const hash = createHash('sha256');
  const add = (path: string): void => {
    const full = join(root, path);
    if (!existsSync(full)) return;
    if (statSync(full).isDirectory()) {
      for (const entry of readdirSync(full).sort()) if (!IGNORED.has(entry)) add(join(path, entry));
    } else {
      const content = readFileSync(full);
      hash.update(`${path}\0${content.length}\0`).update(content);
    }
  };
  for (const input of INPUTS) add(input);
  for (const name of ['GANTRY_STAGE', 'GANTRY_FIRST_OWNER_EMAIL']) hash.update(`${name}=${environment[name] ?? ''}\0`);
  return hash.digest('hex').slice(0, 32);
}

async function runApp(root: string, outdir: string): Promise<void> {
  const app = spawn(process.execPath, ['infra/app.ts'], {
    cwd: root,
    env: { ...process.env, CDK_OUTDIR: outdir, CDK_VALIDATION: 'false' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  let tail = '';
  const keep = (chunk: Buffer): void => {
    tail = (tail + chunk.toString('utf8')).slice(-4000);
  };
  app.stdout.on('data', keep);
  app.stderr.on('data', keep);
  const code = await new Promise<number | null>((resolve, reject) => {
    app.once('error', reject);
    app.once('close', resolve);
  });
  if (code !== 0) {
    const why = code === null ? `no end within ${TIMEOUT_MS / 1000} s` : `exit code ${code}`;
    throw new StartFailure(
      `The CDK app cannot be synthesized (${why}). Correct infra/ and start again:\n${tail.trim()}`,
    );
  }
}

function prune(cache: string): void {
  const folders = readdirSync(cache)
    .map((entry) => join(cache, entry))
    .map((path) => ({ path, used: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.used - a.used);
  for (const { path } of folders.slice(KEPT)) rmSync(path, { recursive: true, force: true });
}
