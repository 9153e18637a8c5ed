import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFront } from '../../local/front.ts';
import { createIam } from '../../local/iam/iam.ts';
import type { Principal } from '../../local/kernel/iam.ts';
import { ACCOUNT, type Kernel, REGION } from '../../local/kernel/kernel.ts';
import { Meter } from '../../local/kernel/meter.ts';
import type { Room } from '../../local/kernel/resource.ts';
import { Store } from '../../local/kernel/store.ts';
import { listen } from '../../local/ports.ts';
import { createMetrics, type MetricStore } from '../../local/services/cloudwatch/metrics.ts';
import { createWire } from '../../local/wire/wire.ts';

/** A kernel with its endpoints, on random ports and a temporary folder. */
export interface Bench {
  readonly kernel: Kernel;
  /** The measurements. */
  readonly metrics: MetricStore;
  /** The kernel's log lines. */
  readonly notes: readonly string[];
  /** Client configuration for an SDK v3 client that signs as `principal`, by default the operator. */
  client(principal?: Principal): {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string };
    readonly maxAttempts: number;
  };
  /** Declares a role for `services` with these identity statements, and returns its principal. */
  role(name: string, statements: readonly object[], services?: readonly string[]): Principal;
  close(): Promise<void>;
}

/**
 * Boots a kernel and the wire with the rooms of `make`, starts the rooms, and returns the means to call them through unmodified SDK clients. `close`
 * stops rooms and servers and removes the folder.
 */
export async function bench(
  make: (kernel: Kernel) => readonly Room[] | Promise<readonly Room[]> = () => [],
): Promise<Bench> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gantry-'));
  const [front, aws] = [await listen(0), await listen(0)];
  const notes: string[] = [];
  const metrics = createMetrics();
  const kernel: Kernel = {
    dataDir,
    addresses: { front: front.address, aws: aws.address, kubernetes: 'http://127.0.0.1:1' },
    iam: createIam(),
    meter: new Meter(),
    metrics,
    store: new Store(join(dataDir, 'state.db')),
    note: (line) => void notes.push(line),
  };
  const rooms = await make(kernel);
  aws.serve(createWire(kernel, rooms));
  front.serve(createFront(kernel, rooms));
  for (const room of rooms) await room.start?.();
  return {
    kernel,
    metrics,
    notes,
    client: (principal = { kind: 'operator' }) => ({
      endpoint: aws.address,
      region: REGION,
      credentials: { ...kernel.iam.credentials(principal) },
      maxAttempts: 1,
    }),
    role(name, statements, services = ['lambda.amazonaws.com']) {
      const arn = `arn:aws:iam::${ACCOUNT}:role/${name}`;
      const trust = { Effect: 'Allow', Principal: { Service: services }, Action: 'sts:AssumeRole' } as const;
      kernel.iam.declareRole(arn, { Statement: [trust] }, `test/${name}`);
      kernel.iam.attach([arn], { Statement: statements as never }, `test/${name}Policy`);
      return { kind: 'role', arn, session: 'test' };
    },
    async close() {
      for (const room of rooms) await room.stop?.();
      await Promise.all([front.close(), aws.close()]);
      kernel.store.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
