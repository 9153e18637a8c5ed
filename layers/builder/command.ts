import { spawn } from 'node:child_process';
import { BuildError, errorCode } from './build-error.ts';
import { lineSplitter } from './lines.ts';

const TAIL = 20;
/** How long a process group may take to end after SIGTERM. */
const GRACE_MS = 5_000;
/** A process that left the group may hold the output open. The builder closes the output after this time. */
const LINGER_MS = 2_000;

/**
 * The exit code that a shell reports for a command that SIGKILL ended. The kernel sends SIGKILL when memory runs out.
 */
const KILLED = 137;
/** Messages of BuildKit and of the runtimes when memory runs out. */
const STARVED = /exit code: 137|cannot allocate memory|heap out of memory/i;
const MORE_MEMORY =
  ', probably because memory ran out; make it use less memory, or ask an operator for a larger build machine';

export interface Run {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Text for the command's standard input. */
  readonly input?: string;
  /** Receives each line of output, of both streams, at once. */
  readonly onLine: (line: string) => void;
}

/**
 * Runs a program to its end. If the time limit or `signal` ends the program, its whole process group ends too. Throws a
 * `BuildError` with the last lines of output unless the exit code is 0. Messages call the program `title`.
 */
export async function runCommand(title: string, vector: readonly string[], run: Run): Promise<void> {
  run.signal.throwIfAborted();
  const [program = '', ...args] = vector;
  const tail: string[] = [];
  const splitter = () =>
    lineSplitter((line) => {
      tail.push(line);
      if (tail.length > TAIL) tail.shift();
      run.onLine(line);
    });
  const child = spawn(program, args, { cwd: run.cwd, env: run.env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => undefined);
  child.stdin.end(run.input ?? '');
  const limit = AbortSignal.any([run.signal, AbortSignal.timeout(run.timeoutMs)]);
  let force: NodeJS.Timeout | undefined;
  let linger: NodeJS.Timeout | undefined;
  const stop = () => {
    killGroup(child.pid, 'SIGTERM');
    force = setTimeout(() => killGroup(child.pid, 'SIGKILL'), GRACE_MS);
  };
  limit.addEventListener('abort', stop, { once: true });
  try {
    for (const stream of [child.stdout, child.stderr]) {
      const lines = splitter();
      stream.on('data', (chunk: Buffer) => lines.write(chunk));
      stream.on('end', () => lines.end());
    }
    const ended = await new Promise<{ code: number | null; killed: NodeJS.Signals | null }>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', () => {
        killGroup(child.pid, 'SIGKILL');
        linger = setTimeout(() => [child.stdout, child.stderr].map((stream) => stream.destroy()), LINGER_MS);
      });
      child.on('close', (code, killed) => resolve({ code, killed }));
    });
    run.signal.throwIfAborted();
    if (limit.aborted)
      throw new BuildError(`${title} took longer than ${Math.round(run.timeoutMs / 1000)} s and was stopped`, tail);
    if (ended.code !== 0) {
      const how = ended.code === null ? `signal ${ended.killed}` : `exit code ${ended.code}`;
      const starved = ended.killed === 'SIGKILL' || ended.code === KILLED || tail.some((line) => STARVED.test(line));
      throw new BuildError(`${title} failed with ${how}${starved ? MORE_MEMORY : ''}`, tail);
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') {
      throw new BuildError(`${title} cannot run: there is no ${program} on this machine`);
    }
    throw error;
  } finally {
    limit.removeEventListener('abort', stop);
    clearTimeout(force);
    clearTimeout(linger);
  }
}

/** Signals a process group. No error if the group has ended already. */
function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}
