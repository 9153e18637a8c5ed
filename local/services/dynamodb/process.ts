import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { endOrphan, markOf } from '../../kernel/orphan.ts';
import { createLines } from './lines.ts';

/** The engine as a child process. Its tools are called over stdin and stdout: it has no socket. */
export interface EngineProcess {
  /** Calls a tool; returns its text. Throws a `ToolError` when the tool refuses. */
  call(tool: string, input: unknown): Promise<string>;
  stop(): Promise<void>;
}

/** A refusal of an engine's tool: JSON with `error_type` and `message`, or plain text. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}

interface Reply {
  readonly id?: number;
  readonly error?: { readonly message: string };
  readonly result?: { readonly isError?: boolean; readonly content?: readonly { readonly text: string }[] };
}

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

const READY_MS = 10_000;
const CALL_MS = 30_000;
const PROTOCOL = '2024-11-05';

/**
 * Starts dynoxide over the database at `path`. It ends with this process, whose end closes its stdin; a leftover of an older version is ended first.
 * Throws without a binary for this platform, or when it is not ready in time. Source:
 * https://modelcontextprotocol.io/specification/2024-11-05/basic/transports (stdio)
 */
export async function startEngine(path: string): Promise<EngineProcess> {
  const binary = findBinary();
  const pidFile = `${path}.pid`;
  await endOrphan(pidFile, 'SIGKILL', 0);
  const child = spawn(binary, ['mcp', '--db-path', path], { stdio: 'pipe' });
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => {
    complaint = `${complaint}${text}`.slice(-1000);
  });
  const send = connect(child, () => complaint.trim());
  if (child.pid !== undefined) writeFileSync(pidFile, markOf(child.pid));
  const clientInfo = { name: 'gantry', version: '1' };
  try {
    await send('initialize', { protocolVersion: PROTOCOL, capabilities: {}, clientInfo }, READY_MS);
  } catch (error) {
    await stop(child, pidFile);
    throw new Error(`DynamoDB (${binary}) did not start over ${path}: ${(error as Error).message}`);
  }
  child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`);
  return {
    async call(tool, input) {
      const { error, result } = await send('tools/call', { name: tool, arguments: input }, CALL_MS);
      const text = result?.content?.[0]?.text;
      if (text === undefined || result?.isError === true) throw new ToolError(text ?? error?.message ?? 'no answer');
      return text;
    },
    stop: () => stop(child, pidFile),
  };
}

/** JSON-RPC over the child's input and output, a line for each message. Answers come in any order. */
function connect(child: ChildProcessWithoutNullStreams, complaint: () => string) {
  const waiting = new Map<number, Waiting>();
  let next = 0;
  let ended: Error | undefined;
  const fail = (error: Error): void => {
    ended ??= error;
    for (const each of waiting.values()) each.reject(ended);
    waiting.clear();
  };
  child.stdin.on('error', () => undefined);
  child.once('error', fail);
  child.once('close', () => fail(new Error(`the DynamoDB engine ended: ${complaint() || 'it gave no reason'}`)));
  const lines = createLines((line) => {
    const reply = JSON.parse(line) as Reply;
    const one = waiting.get(reply.id ?? -1);
    waiting.delete(reply.id ?? -1);
    one?.resolve(reply);
  });
  child.stdout.on('data', (piece: Buffer) => {
    try {
      lines(piece);
    } catch {
      child.kill('SIGKILL');
    }
  });
  return (method: string, params: unknown, ms: number): Promise<Reply> =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) return reject(ended);
      next += 1;
      const id = next;
      const timer = setTimeout(() => {
        waiting.delete(id);
        reject(new Error(`the DynamoDB engine did not answer ${method} in ${ms / 1000} s`));
      }, ms);
      waiting.set(id, {
        resolve(reply) {
          clearTimeout(timer);
          resolve(reply);
        },
        reject(error) {
          clearTimeout(timer);
          reject(error);
        },
      });
      child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    });
}

function findBinary(): string {
  const packaged = `@dynoxide/${process.platform}-${process.arch}`;
  try {
    const found = join(dirname(createRequire(import.meta.url).resolve(`${packaged}/package.json`)), 'dynoxide');
    if (existsSync(found)) return found;
  } catch {
    // The package is optional: it is missing on unsupported platforms.
  }
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, 'dynoxide')).find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new Error(
    `There is no DynamoDB engine for ${process.platform}-${process.arch}: put a dynoxide binary on the PATH, or set GANTRY_DYNAMODB_ENDPOINT to the address of a DynamoDB Local.`,
  );
}

/** The end of its stdin ends the engine, after it has answered its calls. */
async function stop(child: ChildProcessWithoutNullStreams, pidFile: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.stdin.end();
    const forced = setTimeout(() => child.kill('SIGKILL'), 2_000);
    await ended;
    clearTimeout(forced);
  }
  rmSync(pidFile, { force: true });
}
