import { join } from 'node:path';
import type { Kernel } from '../../kernel/kernel.ts';
import type { StreamReader } from '../../kernel/ports.ts';
import type { Room } from '../../kernel/resource.ts';
import { createEngine, type Engine } from './engine.ts';
import { dynamoOperations } from './operations.ts';
import { type EngineProcess, startEngine } from './process.ts';
import { createStreams } from './stream.ts';
import { tableType } from './table.ts';
import type { TableKeys } from './tables.ts';
import { createToolEngine } from './tools.ts';
import { type Expiring, forgetStream, sweepExpired, tendStreams } from './upkeep.ts';

const SWEEP_MS = 30_000;
const TEND_MS = 3_600_000;

/**
 * DynamoDB: a real engine in a child process that nobody else can reach, dynoxide, or the DynamoDB Local at `GANTRY_DYNAMODB_ENDPOINT`. It starts at
 * once; the first call or table reports a failed start.
 */
export function createDynamoDb(kernel: Kernel): Room & StreamReader {
  const external = process.env.GANTRY_DYNAMODB_ENDPOINT;
  const expiring = new Map<string, Expiring>();
  const tables = new Map<string, TableKeys>();
  const timers: NodeJS.Timeout[] = [];
  const starting = external === undefined ? boot(kernel, timers) : Promise.resolve(attach(external));
  starting.catch(() => {});
  const engine = async (): Promise<Engine> => (await starting).engine;
  const streams = createStreams(kernel.iam, engine);

  const sweep = async (): Promise<void> => {
    for (const each of expiring.values()) {
      try {
        if ((await sweepExpired(await engine(), each, Math.floor(Date.now() / 1000))) > 0) streams.wrote();
      } catch (error) {
        kernel.note(`dynamodb: ${each.name} was not swept: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  };

  const isBusy = (TableName: string, isWrite: boolean): boolean => {
    if (kernel.faults?.isTableBusy() !== true) return false;
    const name = isWrite ? 'WriteThrottleEvents' : 'ReadThrottleEvents';
    kernel.metrics?.record({ namespace: 'AWS/DynamoDB', name, dimensions: { TableName }, value: 1 });
    return true;
  };

  return {
    services: [
      {
        signingName: 'dynamodb',
        protocol: 'json',
        model: () => import('@aws-sdk/client-dynamodb'),
        operations: dynamoOperations({ meter: kernel.meter, tables, engine, wrote: streams.wrote, isBusy }),
      },
    ],
    resources: [
      tableType(engine, streams, expiring, tables, (name) => {
        if (external === undefined) forgetStream(kernel, pathOf(kernel), name);
      }),
    ],
    read: streams.read,
    start() {
      void sweep();
      timers.push(setInterval(sweep, SWEEP_MS));
    },
    async stop() {
      const started = await starting.catch(() => undefined);
      for (const timer of timers) clearInterval(timer);
      started?.engine.close();
      await started?.process?.stop();
    },
  };
}

interface Started {
  readonly engine: Engine;
  readonly process?: EngineProcess;
}

function pathOf(kernel: Kernel): string {
  return join(kernel.dataDir, 'dynamodb.db');
}

async function boot(kernel: Kernel, timers: NodeJS.Timeout[]): Promise<Started> {
  const path = pathOf(kernel);
  const process = await startEngine(path);
  tendStreams(kernel, path);
  timers.push(setInterval(() => tendStreams(kernel, path), TEND_MS));
  return { engine: createToolEngine(process), process };
}

function attach(endpoint: string): Started {
  return { engine: createEngine(endpoint) };
}
