import { setTimeout as sleep } from 'node:timers/promises';
import { type ExecOutcome, execInReplica, type PodExec, startProblem } from '@gantry/cluster/exec.ts';
import { type ErrorKind, GantryError } from '@gantry/contract/errors.ts';
import { type EventEnvelope, eventData } from '@gantry/contract/events.ts';
import { execLimits } from '@gantry/contract/schemas/exec.ts';
import { sizeText } from '@gantry/contract/sizes.ts';
import { unlessRefused } from '../kernel/entity.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { ExecEntity, type ExecRecord, execAt } from '../records/exec.ts';
import { type Ending, endSession, LOST } from './ending.ts';
import { createInputs } from './inputs.ts';
import { createSender, type Sender } from './sender.ts';
import { holdSlot } from './slots.ts';

/** How long a session waits for its follower, and a request for a broker, in milliseconds. */
const FOLLOWED_MS = 20_000;
const TAKEN_UP_MS = 60_000;
/** How often new input is read: soon after input or output, and otherwise less often. */
const BUSY_MS = 40;
const QUIET_MS = 400;
const BUSY_FOR_MS = 3_000;
/** How long a session may lack its follower: a member whose role changes follows it again. */
const UNFOLLOWED_MS = 1_500;
const BEAT_MS = 10_000;

/**
 * Holds one session from its request to its end, in one invocation, which claims it exclusively. A started command never runs again. Any error ends
 * the session with its reason.
 */
export async function runExec(envelope: EventEnvelope, limits: Limits = execLimits): Promise<void> {
  const { teamId, id } = await eventData('exec.requested', envelope);
  const record = await claim(teamId, id);
  if (record === undefined) return;
  const until = Date.now() + limits.seconds * 1000;
  let ending = LOST;
  let sender: Sender | undefined;
  try {
    const connectionId = await follower(record);
    if (typeof connectionId !== 'string') ending = connectionId;
    else {
      sender = createSender(record, connectionId);
      ending = await converse(record, connectionId, sender, { until, idleMs: limits.idleSeconds * 1000 });
    }
  } catch (error) {
    if (!(error instanceof GantryError)) throw error;
    ending = ended(REFUSED[error.kind] ?? 'lost', error.message);
  } finally {
    await sender?.drained();
    await endSession(teamId, id, ending).finally(() => sender?.exit(ending));
  }
}

/** Claims a session and reads its command, whose plain text is then deleted. Undefined when another broker claimed the session, or it is over. */
async function claim(teamId: string, id: string): Promise<ExecRecord | undefined> {
  const write = ExecEntity.patch({ teamId, id })
    .set({ claimedAt: new Date().toISOString() })
    .remove(['given'])
    .where(({ claimedAt, end }, { notExists }) => `${notExists(claimedAt)} AND ${notExists(end)}`);
  const answer = await unlessRefused(() => write.go({ response: 'all_old' }));
  return (answer?.data ?? undefined) as ExecRecord | undefined;
}

/** Waits for the connection that follows the session, or for the session's end without one. */
async function follower({ teamId, id, createdAt }: ExecRecord): Promise<string | Ending> {
  if (Date.now() - Date.parse(createdAt) > TAKEN_UP_MS)
    return { ...LOST, detail: 'All places for commands were taken for too long. Try again.' };
  for (const deadline = Date.now() + FOLLOWED_MS; Date.now() < deadline; await sleep(BUSY_MS)) {
    const [record] = await lookUp(optional(execAt(teamId, id)));
    if (record?.connectionId !== undefined) return record.connectionId;
  }
  return { end: 'left', exitCode: null, detail: 'Nobody followed the session.' };
}

/** The longest duration of a session, in seconds. */
type Limits = Readonly<Record<'seconds' | 'idleSeconds', number>>;

async function converse(
  record: ExecRecord,
  connectionId: string,
  sender: Sender,
  { until, idleMs }: { readonly until: number; readonly idleMs: number },
): Promise<Ending> {
  const { environmentId, serviceId, replica, given = [], terminal } = record;
  const over = Promise.withResolvers<Ending>();
  let activeAt = Date.now();
  const where = { environmentId, serviceId, replica, command: given, terminal: terminal !== undefined };
  const exec = await execInReplica(where, (stream, bytes) => {
    activeAt = Date.now();
    sender.print(stream, bytes);
  });
  if (terminal !== undefined) exec.resize(terminal.columns, terminal.rows);
  void exec.outcome.then((outcome) => over.resolve(endingOf(outcome, given[0] ?? 'sh')));
  void sender.gone.then(() => over.resolve(ended('left', LEFT)));
  void sender.full.then(() => over.resolve(ended('too-much-output', FULL)));
  const watching = new AbortController();
  const watch = async () => {
    const read = createInputs(record.id, connectionId);
    let [followedAt, beatAt] = [Date.now(), Date.now()];
    while (!watching.signal.aborted) {
      const { followed, inputs } = await read();
      const now = Date.now();
      if (inputs.length > 0) activeAt = now;
      if (followed) followedAt = now;
      for (const input of inputs) type(exec, input);
      if (now - followedAt > UNFOLLOWED_MS) return over.resolve(ended('left', LEFT));
      if (now - activeAt > idleMs) return over.resolve(ended('idle', IDLE));
      if (now > until) return over.resolve(ended('time-over', LATE));
      if (now - beatAt > BEAT_MS) {
        beatAt = now;
        sender.beat();
        if (!(await holdSlot(record))) return over.resolve(LOST);
      }
      await sleep(now - activeAt < BUSY_FOR_MS ? BUSY_MS : QUIET_MS, undefined, { signal: watching.signal }).catch(
        () => undefined,
      );
    }
  };
  watch().catch(over.reject);
  try {
    if (!(await holdSlot(record))) return LOST;
    return await over.promise;
  } finally {
    watching.abort();
    exec.endInput();
    exec.close();
  }
}

interface Typed {
  readonly data?: string | undefined;
  readonly end?: boolean | undefined;
  readonly size?: { readonly columns: number; readonly rows: number } | undefined;
}

function type(exec: PodExec, { data, end, size }: Typed): void {
  if (size !== undefined) exec.resize(size.columns, size.rows);
  if (data !== undefined) exec.write(Buffer.from(data, 'base64'));
  if (end === true) exec.endInput();
}

const REFUSED: Partial<Record<ErrorKind, Ending['end']>> = { NotFound: 'replica-gone', Forbidden: 'not-started' };
const LEFT = 'The user has left, or may not run commands here any more.';
const FULL = `The command printed more than ${sizeText(execLimits.outputBytes)}, and was ended. Write into a file, or print less.`;
const IDLE = `Nothing was typed or printed for ${execLimits.idleSeconds / 60} minutes, and the command was ended.`;
const LATE = `The command took more than ${execLimits.seconds / 60} minutes, and was ended. What takes longer belongs into a worker or a cron service.`;

function ended(end: Ending['end'], detail: string): Ending {
  return { end, exitCode: null, detail };
}

function endingOf(outcome: ExecOutcome | undefined, program: string): Ending {
  if (outcome === undefined) return ended('replica-gone', 'The replica ended, or the connection to it did.');
  if ('exitCode' in outcome) return { end: 'exited', exitCode: outcome.exitCode, detail: null };
  return { end: 'not-started', ...startProblem(outcome.failure, program) };
}
