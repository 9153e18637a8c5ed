import type { Collection } from '../../kernel/store.ts';
import type { OutputLine } from '../api/logs.ts';
import type { Pod } from '../model.ts';
import type { Objects } from '../registry/objects.ts';
import type { Images } from './images.ts';
import type { MemoryWatch } from './memory.ts';
import type { ProcessRecord } from './processes.ts';
import type { UsageMeter } from './usage.ts';

/** The shared parts of the node. */
export interface Node {
  readonly objects: Objects;
  readonly images: Images;
  readonly processes: Collection<ProcessRecord>;
  readonly memory: MemoryWatch;
  readonly usage: UsageMeter;
  readonly crashBackoffMs: number | undefined;
  /** The folder of the output of a pod's containers. */
  outputOf(pod: Pod): string;
  /** The folder of its containers' homes; its path is short, because apps create sockets there. */
  homeOf(pod: Pod): string;
  /** The place of the guards of servers: see address.ts. */
  readonly guards: string;
  record(pod: Pod, type: 'Normal' | 'Warning', reason: string, message: string): void;
  ship(pod: Pod, container: string, line: OutputLine): void;
  /** How many lines a second of a replica are shipped. */
  linesPerSecond(): number;
}
