import { accessSync, existsSync, constants as files, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { closed, type Launched, launch } from '../../kernel/launcher.ts';
import { type ExecRequest, type RunningCommand, StartError } from '../api/exec-port.ts';
import { type Command, programOf } from './environment.ts';
import { pause } from './probes.ts';
import { preferOutOfMemory } from './processes.ts';

/** Gives a command a pseudo-terminal, which Node cannot make. It is part of util-linux. */
const SCRIPT = '/usr/bin/script';
/** How often, and how many times, a new command's terminal is looked for. */
const TERMINAL = { periodMs: 20, times: 500 } as const;

/**
 * Starts a command beside a container, with the container's variables, folder and programs, in its own process group, until `over` or `end`. Throws a
 * `StartError` with a container runtime's text for a missing program.
 */
export async function startCommand(command: Command, asked: ExecRequest, over: AbortSignal): Promise<RunningCommand> {
  const [name = '', ...args] = asked.command;
  const file = findProgram(name, command);
  const { cwd, env } = command;
  if (asked.tty && !existsSync(SCRIPT))
    throw new StartError(`a terminal needs ${SCRIPT} of util-linux on this machine`);
  const started = asked.tty
    ? launch({
        file: SCRIPT,
        args: ['-qefc', `exec ${[file, ...args].map(quoted).join(' ')}`, '/dev/null'],
        cwd,
        env: { TERM: 'xterm', ...env },
        stdio: ['pipe', 'pipe', 'pipe'],
      })
    : launch({ file, args, cwd, env, stdio: [asked.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
  const launched = await started.catch((error: Error) => {
    throw new StartError(`exec: ${JSON.stringify(name)}: ${error.message}`);
  });
  preferOutOfMemory(launched.pid);
  return running(launched, asked, over);
}

function running({ pid, streams, ended }: Launched, asked: ExecRequest, over: AbortSignal): RunningCommand {
  const end = () => endTree(pid);
  over.addEventListener('abort', end, { once: true });
  const [stdin = null, stdout = null, stderr = null] = streams;
  // Input after its end is dropped.
  stdin?.on('error', () => undefined);
  // A terminal has one output: `script` writes nothing here.
  if (asked.tty) stderr?.resume();
  const exited = ended.then(async ({ code, signal }) => {
    end();
    await closed([stdout, stderr]);
    over.removeEventListener('abort', end);
    return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  });
  if (over.aborted) end();
  return {
    pid,
    stdin: asked.stdin ? stdin : null,
    stdout,
    stderr: asked.tty ? null : stderr,
    exited,
    end,
    resize: (columns, rows) => void resize(pid, columns, rows),
  };
}

/** Sets the size of the terminal; the kernel signals the foreground program by SIGWINCH. */
async function resize(pid: number, columns: number, rows: number): Promise<void> {
  for (let times = 0; times < TERMINAL.times; times += 1) {
    const terminal = terminalOf(childrenOf(pid)[0]);
    if (terminal !== undefined) {
      const args = ['-F', terminal, 'cols', String(columns), 'rows', String(rows)];
      const stdio = ['ignore', 'ignore', 'ignore'] as const;
      await launch({ file: 'stty', args, cwd: '/', env: { PATH: process.env.PATH }, stdio }).catch(() => undefined);
      return;
    }
    if (!existsSync(`/proc/${pid}`)) return;
    await pause(TERMINAL.periodMs, new AbortController().signal);
  }
}

function terminalOf(pid: number | undefined): string | undefined {
  try {
    const path = readlinkSync(`/proc/${pid}/fd/0`);
    return path.startsWith('/dev/pts/') ? path : undefined;
  } catch {
    return undefined;
  }
}

/** Ends a process, its group, and all of its descendants, in any group. */
function endTree(pid: number): void {
  const all = descendantsOf(pid);
  for (const each of [-pid, ...all]) {
    try {
      process.kill(each, 'SIGKILL');
    } catch {
      // The process is gone, as requested.
    }
  }
}

function descendantsOf(pid: number): number[] {
  const found = [pid];
  for (const each of found) found.push(...childrenOf(each));
  return found;
}

function childrenOf(parent: number): number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => Number.isInteger(pid) && parentOf(pid) === parent);
  } catch {
    return [];
  }
}

/** Field 4 of /proc/<pid>/stat. */
function parentOf(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

/** The program on this machine. The texts of the refusals are runc's (libcontainer/init_linux.go, os/exec). */
function findProgram(name: string, { root, cwd, env }: Command): string {
  const refuse = (why: string) => new StartError(`exec: ${JSON.stringify(name)}: ${why}`);
  if (!name.includes('/')) {
    const found = (env.PATH ?? '')
      .split(':')
      .map((folder) => join(folder, name))
      .find(isProgram);
    if (found === undefined) throw refuse('executable file not found in $PATH');
    return found;
  }
  const file = isAbsolute(name) ? programOf(root, name) : join(cwd, name);
  if (!existsSync(file)) throw refuse(`stat ${name}: no such file or directory`);
  if (!isProgram(file)) throw refuse('permission denied');
  return file;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, files.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
