import { setTimeout as sleep } from 'node:timers/promises';
import { available } from '@gantry/cloud/failures.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { during, type Execution, type KeyedRequest, keyRecord, newExecution } from './execution.ts';
import { unseal } from './seal.ts';
import { IdempotencyEntity, type IdempotencyRecord } from './store.ts';

/** How long a repeat waits for the answer of the first, in milliseconds. */
const WAIT_MS = 2_000;
const POLL_MS = 100;
/** After this time no function can add the answer any more: API functions end after 28 s. */
const LOST_MS = 30_000;

export interface Outcome {
  readonly reply: unknown;
  readonly replayed: boolean;
}

/**
 * Carries out a keyed request once: a repeat gets the first answer. The transaction with the effect also records the key, so neither a crash nor a
 * parallel repeat causes a second effect. A failed request had no effect and may be repeated. `mayReplay` throws when the caller may no longer see
 * the answer. Throws Conflict when the key was used for another content, or when the first answer is not known yet or no longer.
 */
export async function once(
  request: KeyedRequest,
  mayReplay: () => Promise<unknown>,
  run: () => Promise<unknown>,
): Promise<Outcome> {
  const execution = newExecution(request);
  const replay = async (record: IdempotencyRecord): Promise<Outcome> => {
    await mayReplay();
    return { reply: await answerOf(execution, record), replayed: true };
  };
  const earlier = await recordOf(execution);
  if (earlier !== undefined) return replay(earlier);
  try {
    const reply = request.present(await during(execution, run));
    if (execution.committed && execution.announced !== undefined) return { reply, replayed: false };
    await keyRecord(execution, { reply }).go();
    return { reply, replayed: false };
  } catch (error) {
    const winner = await recordOf(execution);
    if (winner === undefined || winner.execution === execution.id) throw error;
    return replay(winner);
  }
}

async function recordOf({ hash }: Execution): Promise<IdempotencyRecord | undefined> {
  const { data } = await available('The database', () => IdempotencyEntity.get({ hash }).go({ consistent: true }));
  return data !== null && data.ttl * 1000 > Date.now() ? data : undefined;
}

async function answerOf(execution: Execution, first: IdempotencyRecord): Promise<unknown> {
  if (first.fingerprint !== execution.fingerprint) {
    const message = 'was used for another request. Send a new key with each new request.';
    throw new GantryError('Conflict', `This Idempotency-Key ${message}`, [
      { field: 'header.idempotency-key', message },
    ]);
  }
  let record: IdempotencyRecord | undefined = first;
  const deadline = Date.now() + WAIT_MS;
  while (record !== undefined) {
    const { answer } = record;
    if (answer !== undefined) return JSON.parse(unseal(answer, execution.request.key, execution.hash)) ?? undefined;
    if (Date.now() - record.committedAt > LOST_MS) {
      const detail =
        'The request with this Idempotency-Key was carried out, but its answer is lost. Read what is there now.';
      throw new GantryError('Conflict', detail);
    }
    if (Date.now() > deadline) break;
    await sleep(POLL_MS);
    record = await recordOf(execution);
  }
  throw new GantryError('Conflict', 'The same request is in progress. Try again.', [], { retryAfterSeconds: 1 });
}
