import type { Collection } from '../../kernel/store.ts';
import type { OutputLine } from '../api/logs.ts';
import type { Pod } from '../model.ts';
import type { Objects } from '../registry/objects.ts';
import type { Images } from './images.ts';
import type { MemoryWatch } from './memory.ts';
import type { ProcessRecord } from './processes.ts';

/** The parts of the node that every container uses. */
export interface Node {
  readonly objects: Objects;
  readonly images: Images;
  readonly processes: Collection<ProcessRecord>;
  readonly memory: MemoryWatch;
  readonly crashBackoffMs: number | undefined;
  /** The folder of what a pod's containers print. */
  outputOf(pod: Pod): string;
  /** The folder of its containers' homes; its path is short, since apps make sockets there. */
  homeOf(pod: Pod): string;
  /** Where the guards of servers are: see address.ts. */
  readonly guards: string;
  record(pod: Pod, type: 'Normal' | 'Warning', reason: string, message: string): void;
  ship(pod: Pod, container: string, line: OutputLine): void;
  /** How many lines a second of a replica are shipped. */
  linesPerSecond(): number;
}
