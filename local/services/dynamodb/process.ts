import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The engine as a child process: where it listens, and how it ends. */
export interface EngineProcess {
  readonly endpoint: string;
  stop(): Promise<void>;
}

const READY_MS = 5_000;
const PORT_ATTEMPTS = 3;

/**
 * Starts dynoxide over the database at `path`, after ending the one that a killed local cloud left behind: dynoxide outlives
 * its parent. Throws where there is no binary for this platform, or where it does not get ready in five seconds.
 */
export async function startEngine(path: string): Promise<EngineProcess> {
  const binary = findBinary();
  const pidFile = `${path}.pid`;
  await endOrphan(pidFile);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const child = spawn(binary, ['serve', '--port', String(port), '--db-path', path], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let complaint = '';
    child.stderr.on('data', (text: Buffer) => {
      complaint = `${complaint}${text}`.slice(-1000);
    });
    child.once('error', (error) => {
      complaint = error.message;
    });
    if (child.pid !== undefined) writeFileSync(pidFile, `${child.pid} ${startTime(child.pid)}\n`);
    const endpoint = `http://127.0.0.1:${port}`;
    if (await isReady(child, endpoint)) return { endpoint, stop: () => stop(child, pidFile) };
    await stop(child, pidFile);
    if (attempt === PORT_ATTEMPTS)
      throw new Error(`DynamoDB (${binary}) did not start over ${path}: ${complaint.trim() || 'no reason given'}`);
  }
}

function findBinary(): string {
  const packaged = `@dynoxide/${process.platform}-${process.arch}`;
  try {
    const found = join(dirname(createRequire(import.meta.url).resolve(`${packaged}/package.json`)), 'dynoxide');
    if (existsSync(found)) return found;
  } catch {
    // The package is optional: it is absent on platforms that it does not support.
  }
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, 'dynoxide')).find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new Error(
    `There is no DynamoDB engine for ${process.platform}-${process.arch}: put a dynoxide binary on the PATH, or set GANTRY_DYNAMODB_ENDPOINT to the address of a DynamoDB Local.`,
  );
}

async function isReady(child: ChildProcess, endpoint: string): Promise<boolean> {
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline && child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    try {
      const response = await fetch(endpoint, { signal: AbortSignal.timeout(1_000) });
      await response.arrayBuffer();
      // Whoever answers must be this child: one that found its port taken has ended by now.
      await sleep(5);
      return child.exitCode === null;
    } catch {
      await sleep(5);
    }
  }
  return false;
}

async function stop(child: ChildProcess, pidFile: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const forced = setTimeout(() => child.kill('SIGKILL'), 2_000);
    await ended;
    clearTimeout(forced);
  }
  rmSync(pidFile, { force: true });
}

/** Kills the process that the file names, where that process is still the one that was started then. */
async function endOrphan(pidFile: string): Promise<void> {
  if (!existsSync(pidFile)) return;
  const [pid = '', started = ''] = readFileSync(pidFile, 'utf8').trim().split(' ');
  const isOurs = () => started !== '' && startTime(Number(pid)) === started;
  if (isOurs()) process.kill(Number(pid), 'SIGKILL');
  for (let waits = 0; waits < 100 && isOurs(); waits++) await sleep(20);
  rmSync(pidFile, { force: true });
}

/** The kernel's start time of a process, which tells it from a later one with its id; empty where it is not running. */
function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? '' : (fields[19] ?? '');
  } catch {
    return '';
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port is free')),
      );
    });
  });
}
