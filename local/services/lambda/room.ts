import { join } from 'node:path';
import { THROTTLED } from '../../kernel/faults.ts';
import type { Principal } from '../../kernel/iam.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type {
  AssetLocator,
  FunctionInvoker,
  Invocation,
  LogWriter,
  QueuePoller,
  QueueSender,
  StreamReader,
} from '../../kernel/ports.ts';
import type { Room } from '../../kernel/resource.ts';
import { AwsError } from '../../kernel/service.ts';
import type { Collection } from '../../kernel/store.ts';
import { type FunctionDefinition, functionArn } from './function.ts';
import { type Running, runFunction } from './invoke.ts';
import { createOperations } from './operations.ts';
import { createPool } from './pool.ts';
import { lambdaResources } from './resources.ts';
import type { Mapping } from './sources/mapping.ts';
import { runQueueSource } from './sources/queue.ts';
import { type Position, runStreamSource } from './sources/stream.ts';

export interface LambdaPorts {
  readonly logs: LogWriter;
  readonly assets: AssetLocator;
  readonly queues: QueuePoller & QueueSender;
  readonly streams: StreamReader;
}

/** Lambda: functions in worker threads, and their event source mappings from queues and streams. */
export interface Lambda extends Room, FunctionInvoker {
  /** The loading times of each started function's workers: the last hundred, in milliseconds. */
  initDurations(): ReadonlyMap<string, readonly number[]>;
}

const LAMBDA = 'lambda.amazonaws.com';
const model = () => import('@aws-sdk/client-lambda');
/** How often idle workers are searched for, in milliseconds. */
const REAP_MS = 30_000;
/** The time limit for loading a function, in milliseconds (AWS: init phase). */
const INIT_LIMIT_MS = 10_000;
/** The kept initialisation times of each function. */
const KEPT = 100;

export function createLambda(kernel: Kernel, ports: LambdaPorts, initLimitMs = INIT_LIMIT_MS): Lambda {
  const functions = new Map<string, Running>();
  const mappings = new Map<string, { readonly mapping: Mapping; readonly removed: AbortController }>();
  const positions = kernel.store.collection<Position>('lambda.stream-position');
  const failures = new Map<string, string>();
  const durations = new Map<string, number[]>();
  const stopping = new AbortController();
  const sources: Promise<void>[] = [];
  let reaper: NodeJS.Timeout | undefined;

  const identity = (definition: FunctionDefinition): Principal =>
    kernel.iam.assume(definition.roleArn, LAMBDA, definition.name);
  const addFunction = (definition: FunctionDefinition): void => {
    void functions.get(definition.arn)?.pool.stop();
    const pool = createPool({
      definition,
      endpoint: kernel.addresses.aws,
      tmpDir: join(kernel.dataDir, 'lambda'),
      logs: ports.logs,
      identity() {
        const principal = identity(definition);
        return { principal, credentials: kernel.iam.credentials(principal) };
      },
      note: kernel.note,
    });
    const initialised = (ms: number): void => {
      durations.set(definition.name, [...(durations.get(definition.name) ?? []), ms].slice(-KEPT));
    };
    functions.set(definition.arn, { definition, pool, initLimitMs, initialised });
  };
  const find = (reference: string): Running => {
    const found = functions.get(functionArn(reference));
    if (found !== undefined) return found;
    throw new AwsError('ResourceNotFoundException', `Function not found: ${functionArn(reference)}`, 404);
  };
  const run = (running: Running, event: unknown): Promise<Invocation> => {
    const work = () => runFunction(running, event, kernel.meter);
    const invoked = kernel.faults?.invoke(running.definition.name, event, work) ?? work();
    return invoked.catch((error: unknown) => {
      countThrottle(kernel, error);
      throw error;
    });
  };
  const feed = (mapping: Mapping, removed: AbortSignal): Promise<void> => {
    const running = find(mapping.functionArn);
    const by = { principal: () => identity(running.definition), invoke: (event: unknown) => run(running, event) };
    const signal = AbortSignal.any([stopping.signal, removed]);
    return feedFrom({ ...by, kernel, ports, positions }, mapping, running.definition.name, signal);
  };

  const invoke: FunctionInvoker['invoke'] = async (reference, event, principal) => {
    const running = find(reference);
    kernel.iam.require(principal, { action: 'lambda:InvokeFunction', resource: running.definition.arn });
    return run(running, event);
  };

  const abandon: FunctionInvoker['abandon'] = async (reference, payload, why) => {
    const { definition } = find(reference);
    const queue = failures.get(definition.arn);
    if (queue !== undefined)
      await ports.queues.send(queue, JSON.stringify(failureOf(definition, payload, why)), identity(definition));
  };

  return {
    invoke,
    abandon,
    services: [{ signingName: 'lambda', protocol: 'rest-json', model, operations: createOperations({ invoke }) }],
    resources: lambdaResources({
      assets: ports.assets,
      addFunction,
      addMapping: (id, mapping) => void mappings.set(id, { mapping, removed: new AbortController() }),
      removeMapping(id) {
        const { mapping, removed } = mappings.get(id) ?? {};
        removed?.abort();
        if (mapping !== undefined) positions.delete(mapping.id);
        mappings.delete(id);
      },
      async removeFunction(name) {
        const arn = functionArn(name);
        await functions.get(arn)?.pool.stop();
        functions.delete(arn);
      },
      keepFailures: (arn, queueArn) => failures.set(arn, queueArn),
    }),
    initDurations: () => durations,
    start() {
      for (const { mapping, removed } of mappings.values()) sources.push(feed(mapping, removed.signal));
      reaper = setInterval(() => {
        for (const { pool } of functions.values()) pool.reap(Date.now());
      }, REAP_MS);
      reaper.unref();
    },
    async stop() {
      clearInterval(reaper);
      stopping.abort();
      await Promise.all([...functions.values()].map(({ pool }) => pool.stop()));
      await Promise.allSettled(sources);
    },
  };
}

/** The parts of a mapping that feeds its function. */
interface Feeding {
  readonly kernel: Kernel;
  readonly ports: LambdaPorts;
  readonly positions: Collection<Position>;
  principal(): Principal;
  invoke(event: unknown): Promise<Invocation>;
}

/** Feeds a function from a queue or a stream until `signal` aborts, and measures the age of a stream's records. */
async function feedFrom(feeding: Feeding, mapping: Mapping, FunctionName: string, signal: AbortSignal): Promise<void> {
  const { kernel, ports, positions, principal, invoke } = feeding;
  const shared = { mapping, principal, invoke, note: kernel.note };
  if (mapping.kind === 'queue') return runQueueSource({ ...shared, queues: ports.queues }, signal);
  const measured = (value: number) =>
    kernel.metrics?.record({ namespace: 'AWS/Lambda', name: 'IteratorAge', dimensions: { FunctionName }, value });
  return runStreamSource({ ...shared, ...ports, positions, measured }, signal);
}

/** The record of an abandoned call. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html (destination's record) */
function failureOf({ arn: functionArn }: FunctionDefinition, requestPayload: unknown, why: string): object {
  return {
    version: '1.0',
    timestamp: new Date().toISOString(),
    requestContext: { functionArn, condition: 'RetriesExhausted' },
    requestPayload,
    responsePayload: { errorMessage: why },
  };
}

/** Measures a call that the account's concurrency limit refuses. */
function countThrottle({ metrics }: Kernel, error: unknown): void {
  if (error instanceof AwsError && error.code === THROTTLED)
    metrics?.record({ namespace: 'AWS/Lambda', name: 'Throttles', dimensions: {}, value: 1 });
}
