import { topics } from '@gantry/contract/topics.ts';
import { ExecInputEntity, type ExecInputRecord, readTyped } from '../records/exec.ts';

export interface Read {
  /** Whether the connection still follows the session and so may hold it. */
  readonly followed: boolean;
  /** The new input, in order and without a gap. */
  readonly inputs: readonly ExecInputRecord[];
}

/** Reads a session's input, each piece once, and whether its connection still follows it. */
export function createInputs(execId: string, connectionId: string): () => Promise<Read> {
  const topic = topics.exec(execId);
  let next = 1;
  return async () => {
    const { followers, inputs } = await readTyped(topic);
    const fresh: ExecInputRecord[] = [];
    for (const input of inputs) {
      if (input.sequence > next) break;
      if (input.sequence === next) {
        fresh.push(input);
        next += 1;
      }
      await ExecInputEntity.delete({ topic, sequence: input.sequence }).go();
    }
    return { followed: followers.includes(connectionId), inputs: fresh };
  };
}
