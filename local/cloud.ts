import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type CustomResources, createCustomResources } from './assembly/custom.ts';
import { declareAssembly, type Outputs } from './assembly/declare.ts';
import { createInertTypes } from './assembly/inert.ts';
import { readAssembly, type Stack } from './assembly/read.ts';
import { createConsole } from './console.ts';
import { StartFailure } from './failure.ts';
import { createFront } from './front.ts';
import { createIam } from './iam/iam.ts';
import { createKeys } from './iam/keys.ts';
import { createIamTypes } from './iam/types.ts';
import { createFaults } from './kernel/faults.ts';
import type { Addresses, Kernel } from './kernel/kernel.ts';
import { Meter } from './kernel/meter.ts';
import type { ObjectReader } from './kernel/ports.ts';
import type { Room } from './kernel/resource.ts';
import { Store } from './kernel/store.ts';
import { type Listener, listenInRow } from './ports.ts';
import { type Composed, composeRooms, type Owner } from './rooms.ts';
import { createCloudFormation } from './services/cloudformation/cloudformation.ts';
import { createPublishedCode } from './services/cloudformation/published-code.ts';
import { createCloudWatch } from './services/cloudwatch/cloudwatch.ts';
import { createMetrics } from './services/cloudwatch/metrics.ts';
import { createServiceQuotas } from './services/servicequotas/servicequotas.ts';
import { createWire } from './wire/wire.ts';

export interface CloudOptions {
  /** The folder of the synthesized assembly. */
  readonly assembly: string;
  /** The folder of all state; it exists, and nobody else uses it. */
  readonly dataDir: string;
  /** The front's port, followed by the AWS endpoint's and the Kubernetes API's; 0 takes three free ones. */
  readonly port: number;
  /** Called with each line for the operator. */
  readonly note: (line: string) => void;
  /** Ids of statements that are suspended from the start. */
  readonly suspended?: readonly string[];
  /** Aborting ends a running start, which then throws. */
  readonly signal?: AbortSignal;
  /** Makes the rooms of services; default: all rooms. */
  readonly compose?: (...given: Parameters<typeof composeRooms>) => Composed | Promise<Composed>;
}

export interface RunningCloud {
  readonly kernel: Kernel;
  readonly addresses: Addresses;
  readonly outputs: Outputs;
  /** Opens the operator's routes under `/_local/`. */
  readonly token: string;
  readonly owner: Owner;
  /** Stops every room, then the servers. Rooms that take longer than five seconds are abandoned. Repeats are harmless. */
  stop(): Promise<void>;
}

const STOP_MS = 5000;

/** One life of the rooms: from the declaration of all stacks until the next declaration, or the end. */
interface Life {
  readonly kernel: Kernel;
  readonly rooms: readonly Room[];
  readonly custom: CustomResources;
  readonly composed: Composed;
  outputs: Outputs;
}

/**
 * Boots the local cloud from an assembly: listens, declares every resource, starts the rooms, runs the custom resources. Throws a `StartFailure` or
 * an `AssemblyError` for faults that the operator can fix; nothing is left running then.
 */
export async function startCloud(options: CloudOptions): Promise<RunningCloud> {
  const { dataDir, note, suspended = [], signal, compose = composeRooms } = options;
  const assembly = readAssembly(options.assembly);
  const store = openStore(dataDir);
  const listeners = await listenInRow(options.port, 2, note).catch((error: unknown) => {
    store.close();
    throw error;
  });
  const [front, aws] = listeners as readonly [Listener, Listener];
  const metrics = createMetrics();
  const keys = createKeys();
  const meter = new Meter();
  const faults = createFaults(dataDir);
  const code = createPublishedCode(dataDir, assembly.assets);
  const token = randomBytes(24).toString('base64url');
  const addresses = {
    front: front.address,
    aws: aws.address,
    kubernetes: `http://127.0.0.1:${front.port + 2}`,
  };
  let life: Life | undefined;
  const live = (): Life => {
    if (life === undefined) throw new Error('the local cloud is declaring its stacks again');
    return life;
  };
  const cloudFormation = createCloudFormation({
    removeCustom: ({ stack, logicalId, type }) => live().custom.remove(stack, logicalId, type),
    read: async (bucket, key, principal) => (await objectsOf(live().composed).get(bucket, key, principal)).toString(),
    fetchCode: (template) => code.fetch(template, objectsOf(live().composed)),
    async redeploy(stacks) {
      for (const listener of listeners) listener.pause();
      if (life !== undefined) await stopRooms(life.rooms, note);
      await boot(stacks);
    },
  });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= stopAll(life?.rooms ?? [], listeners, store, note);
    return stopped;
  };
  const boot = async (stacks: readonly Stack[]): Promise<void> => {
    const kernel: Kernel = { dataDir, addresses, iam: createIam(keys), meter, faults, metrics, store, note };
    const cloudWatch = createCloudWatch(metrics);
    const composed = await compose(kernel, code.assets, cloudWatch);
    const custom = createCustomResources(kernel, composed.functions);
    const rooms = [
      createConsole(kernel, token),
      custom.room,
      cloudFormation,
      cloudWatch,
      createIamTypes(kernel.iam),
      createInertTypes(),
      createServiceQuotas(),
      ...composed.rooms,
    ];
    life = { kernel, rooms, custom, composed, outputs: {} };
    cloudFormation.begin(stacks);
    aws.serve(createWire(kernel, rooms));
    front.serve(createFront(kernel, rooms));
    life.outputs = await declareAssembly(
      { stacks },
      {
        kernel,
        rooms,
        custom,
        parameters: { AppsOrigin: `http://*.localhost:${front.port}` },
        declared: cloudFormation.declared,
        async start() {
          for (const id of suspended) kernel.iam.suspend(id, true);
          for (const room of rooms) await room.start?.();
        },
      },
    );
    cloudFormation.complete(life.outputs);
  };
  try {
    await (signal === undefined ? boot(assembly.stacks) : Promise.race([boot(assembly.stacks), aborted(signal)]));
  } catch (error) {
    await stop();
    throw error;
  }
  const owner = live().composed.owner();
  return {
    get kernel() {
      return live().kernel;
    },
    get outputs() {
      return live().outputs;
    },
    addresses,
    token,
    owner,
    stop,
  };
}

function objectsOf({ objects }: Composed): ObjectReader {
  if (objects === undefined) throw new Error('no room keeps objects');
  return objects;
}

async function aborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  throw new StartFailure('The start was interrupted.');
}

function openStore(dataDir: string): Store {
  const path = join(dataDir, 'state.db');
  try {
    const store = new Store(path);
    store.collection('probe').entries();
    return store;
  } catch (error) {
    throw new StartFailure(
      `The data folder ${dataDir} is damaged: ${path}: ${(error as Error).message}. Start over with --reset, or give another with --data-dir.`,
    );
  }
}

async function stopAll(
  rooms: readonly Room[],
  listeners: readonly Listener[],
  store: Store,
  note: (line: string) => void,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, STOP_MS);
  });
  await Promise.race([stopRooms(rooms, note), late]);
  clearTimeout(timer);
  await Promise.all(listeners.map((listener) => listener.close()));
  store.close();
}

/** Later rooms depend on earlier ones, so they are stopped first. */
async function stopRooms(rooms: readonly Room[], note: (line: string) => void): Promise<void> {
  for (const room of rooms.toReversed()) {
    await room
      .stop?.()
      .catch((error: unknown) => note(`stop: ${error instanceof Error ? error.stack : String(error)}`));
  }
}
