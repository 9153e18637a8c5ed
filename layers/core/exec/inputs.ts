import { topics } from '@gantry/contract/topics.ts';
import { ExecInputEntity, type ExecInputRecord, readTyped } from '../records/exec.ts';

export interface Read {
  /** The connection still follows the session, which is the right to hold it. */
  readonly followed: boolean;
  /** The input since the last read, in order and without a gap. */
  readonly inputs: readonly ExecInputRecord[];
}

/** Reads what is typed into a session, once each, and whether its connection still follows it. */
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
