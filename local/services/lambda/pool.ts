import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Credentials, Principal } from '../../kernel/iam.ts';
import type { LogWriter } from '../../kernel/ports.ts';
import { AwsError } from '../../kernel/service.ts';
import { environmentOf } from './environment.ts';
import type { FunctionDefinition } from './function.ts';
import { createOutput, type Output } from './output.ts';
import { type Slot, startSlot } from './slot.ts';
import { createWaiting } from './waiting.ts';

/** The most workers of one function. */
const MAX_CONCURRENCY = 10;
/**
 * The most workers of one function that load at once. On AWS each has its own processor; here they share the machine's, and ten that load together
 * delay everybody longer than two that are soon ready.
 */
const MAX_LOADING = 2;
/** A worker is ended after being idle for this long, in milliseconds. */
const IDLE_MS = 3 * 60_000;

/** An execution environment and the destination of its lines. */
export interface Environment {
  readonly slot: Slot;
  readonly output: Output;
  /** The line listener of the running invocation; lines between invocations reach only the log. */
  listen: ((line: string) => void) | undefined;
  /** True until the function is loaded, or fails to load. */
  fresh: boolean;
  idleSince: number;
}

export interface Pool {
  /** An idle environment, a new one, or the next that is returned. Throws `TooManyRequestsException` (429). */
  take(): Promise<Environment>;
  /** The caller with a new environment reports that its initialisation is over. */
  loaded(environment: Environment): void;
  give(environment: Environment): void;
  reap(now: number): void;
  stop(): Promise<void>;
}

export interface PoolOptions {
  readonly definition: FunctionDefinition;
  readonly endpoint: string;
  readonly tmpDir: string;
  readonly logs: LogWriter;
  /** Assumes the function's role; throws when its trust policy does not allow Lambda. */
  identity(session: string): { readonly principal: Principal; readonly credentials: Credentials };
  note(line: string): void;
}

/** The execution environments of one function. */
export function createPool(options: PoolOptions): Pool {
  const { definition } = options;
  const all = new Set<Environment>();
  const idle: Environment[] = [];

  let stopped = false;

  const mayCreate = (): boolean =>
    all.size < MAX_CONCURRENCY && [...all].filter(({ fresh }) => fresh).length < MAX_LOADING;
  const waiting = createWaiting<Environment>({ name: definition.name, workers: () => all.size, mayLoad: mayCreate });

  const create = (): Environment => {
    const id = randomBytes(16).toString('hex');
    const stream = `${new Date().toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${id}`;
    const { principal, credentials } = options.identity(definition.name);
    const home = join(options.tmpDir, id);
    mkdirSync(home, { recursive: true });
    const output = createOutput(options.logs, definition.logGroup, stream, principal, (error) =>
      options.note(`${definition.name}: its log lines are lost: ${error instanceof Error ? error.message : error}`),
    );
    const environment: Environment = {
      output,
      listen: undefined,
      fresh: true,
      idleSince: 0,
      slot: startSlot({
        start: {
          codeDir: definition.codeDir,
          handler: definition.handler,
          functionArn: definition.arn,
          logFormat: definition.logFormat,
        },
        env: environmentOf(definition, credentials, options.endpoint, stream, home),
        memoryMb: definition.memoryMb,
        line(text, at) {
          output.line(text, at);
          environment.listen?.(text);
        },
        ended() {
          all.delete(environment);
          if (idle.includes(environment)) idle.splice(idle.indexOf(environment), 1);
          rmSync(home, { recursive: true, force: true });
          waiting.look();
        },
      }),
    };
    all.add(environment);
    waiting.look();
    return environment;
  };

  return {
    async take() {
      for (let sent = false; ; ) {
        if (stopped) throw new AwsError('ServiceException', 'The local cloud is stopping.', 500);
        const warm = idle.pop();
        if (warm?.slot.alive()) return warm;
        if (warm !== undefined) continue;
        if ((sent || all.size === 0) && mayCreate()) return create();
        const freed = await waiting.join();
        if (freed?.slot.alive()) return freed;
        sent = freed === undefined;
      }
    },
    loaded(environment) {
      environment.fresh = false;
      waiting.look();
    },
    give(environment) {
      environment.listen = undefined;
      environment.idleSince = Date.now();
      if (!environment.slot.alive()) return;
      if (!waiting.serve(environment)) idle.push(environment);
      else waiting.look();
    },
    reap(now) {
      while (idle[0] !== undefined && idle[0].idleSince < now - IDLE_MS) void idle.shift()?.slot.stop();
    },
    async stop() {
      stopped = true;
      const ending = [...all];
      await Promise.all(ending.map((environment) => environment.slot.stop()));
      await Promise.all(ending.map((environment) => environment.output.flush()));
      waiting.end();
    },
  };
}
