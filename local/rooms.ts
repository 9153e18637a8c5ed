import { StartFailure } from './failure.ts';
import type { Kernel } from './kernel/kernel.ts';
import type { AssetLocator, FunctionInvoker } from './kernel/ports.ts';
import type { Room } from './kernel/resource.ts';

/** The first owner, as the sign-in room made them. */
export interface Owner {
  readonly email: string;
  readonly password: string;
}

export interface Composed {
  /** In the order in which they start; mounts are asked in this order too. */
  readonly rooms: readonly Room[];
  /** Runs custom resources' functions. */
  readonly functions: FunctionInvoker;
  /** Known once the assembly is declared. */
  owner(): Owner;
}

/** Makes every room that plays a service, each with the ports of the others that it calls. */
export async function composeRooms(_kernel: Kernel, _assets: AssetLocator): Promise<Composed> {
  throw new StartFailure('No room of the local cloud is composed.');
}
