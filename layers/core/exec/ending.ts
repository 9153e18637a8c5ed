import type { ExecEnd } from '@gantry/contract/schemas/exec.ts';
import { item } from '../kernel/entity.ts';
import { eachLimited } from '../kernel/limited.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import { ExecEntity, ExecSlotEntity, execAt } from '../records/exec.ts';
import { freeSlotOf } from './slots.ts';
import { auditDetail, viewExec } from './view.ts';

/** The actor of a session's end. */
const ACTOR = 'exec';
const CONCURRENCY = 5;

export interface Ending {
  readonly end: ExecEnd;
  readonly exitCode: number | null;
  readonly detail: string | null;
}

export const LOST: Ending = {
  end: 'lost',
  exitCode: null,
  detail: 'The platform lost the session. Run the command again where it is harmless to repeat.',
};

/** Records how a session ended, with its event and its audit row, and frees its place; harmless when the session has ended. */
export function endSession(teamId: string, id: string, { end, exitCode, detail }: Ending): Promise<void> {
  return retryStale(async () => {
    const [record] = await lookUp(optional(execAt(teamId, id)));
    if (record === undefined) return;
    if (record.end === undefined) {
      const { given: _, ...known } = record;
      const version = record.version + 1;
      const ended = {
        ...known,
        ...{ end, version, endedAt: new Date().toISOString() },
        ...(exitCode !== null && { exitCode }),
        ...(detail !== null && { detail }),
      };
      const write = ExecEntity.put(ended).where((held, { eq }) => eq(held.version, record.version));
      const how = exitCode === null ? end : `exit code ${exitCode}`;
      await transact([{ item: item.put(write) }], {
        name: 'exec.ended',
        teamId,
        actor: ACTOR,
        aggregate: { id, version },
        data: viewExec(ended),
        detail: `${auditDetail(record)} (${how})`,
      });
    }
    await freeSlotOf(record);
  });
}

/** Ends the sessions whose broker has stopped responding. Stops at `deadline`, in milliseconds since 1970. */
export async function endLostSessions(deadline: number): Promise<void> {
  const { data } = await ExecSlotEntity.query.taken({ all: 'all' }).go({ pages: 'all' });
  const lost = data.filter(({ until }) => until < Date.now());
  await eachLimited(lost, CONCURRENCY, async ({ teamId, execId }) => {
    if (Date.now() < deadline) await endSession(teamId, execId, LOST);
  });
}
