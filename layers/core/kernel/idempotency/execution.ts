import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { GantryError } from '@gantry/contract/errors.ts';
import { item } from '../entity.ts';
import { ttlAfter } from '../table.ts';
import type { Write } from '../write.ts';
import { digest, seal } from './seal.ts';
import { IdempotencyEntity } from './store.ts';

/** How long an answer is kept, in seconds. */
const KEPT_SECONDS = 24 * 3600;

/** A request under an `Idempotency-Key`. */
export interface KeyedRequest {
  readonly key: string;
  readonly userId: string;
  readonly operation: string;
  /** The path with its ids. */
  readonly path: string;
  /** The request without its path. */
  readonly content: unknown;
  /** The answer as it leaves the API; throws where it does not fit its schema. */
  readonly present: (reply: unknown) => unknown;
}

/** A run of a request with an idempotency key. */
export interface Execution {
  readonly request: KeyedRequest;
  readonly hash: string;
  readonly fingerprint: string;
  readonly id: string;
  /** The answer that the operation announced. */
  announced?: { readonly reply: unknown };
  /** Set once a transaction has recorded the key. */
  committed: boolean;
}

const current = new AsyncLocalStorage<Execution>();

export function newExecution(request: KeyedRequest): Execution {
  const { userId, operation, path, key, content } = request;
  return {
    request,
    hash: digest(userId, operation, path, key),
    fingerprint: digest(JSON.stringify(content)),
    id: randomUUID(),
    committed: false,
  };
}

/** Runs `work` as `execution`: the first transaction in it records the key. */
export function during<T>(execution: Execution, work: () => Promise<T>): Promise<T> {
  return current.run(execution, work);
}

/**
 * Announces what the operation will answer once its transaction has committed, and gives it back. Under an `Idempotency-Key` the
 * transaction then records the answer too, so that a repeat after a crash still gets it. Call it before `transact`.
 */
export function willAnswer<T>(reply: T): T {
  const execution = current.getStore();
  if (execution !== undefined) execution.announced = { reply };
  return reply;
}

/** The write that records the key of the request that is running, for its first transaction; undefined where there is nothing to record. */
export function keyWrite(): Write | undefined {
  const execution = current.getStore();
  if (execution === undefined || execution.committed) return undefined;
  const otherwise = new GantryError('Conflict', 'The same request is in progress. Try again.', [], {
    retryAfterSeconds: 1,
  });
  return { item: item.put(keyRecord(execution, execution.announced)), otherwise };
}

/** Says that the transaction with the `keyWrite` has committed. */
export function keyCommitted(): void {
  const execution = current.getStore();
  if (execution !== undefined) execution.committed = true;
}

/** Puts the record of an execution, unless one of another execution is there and still counts. */
export function keyRecord({ request, hash, fingerprint, id }: Execution, answer: Execution['announced']) {
  const now = Date.now();
  const sealed = answer && seal(JSON.stringify(request.present(answer.reply) ?? null), request.key, hash);
  return IdempotencyEntity.put({
    hash,
    fingerprint,
    execution: id,
    committedAt: now,
    ttl: ttlAfter(KEPT_SECONDS),
    ...(sealed !== undefined && { answer: sealed }),
  }).where(
    ({ hash: there, ttl, execution }, { notExists, lt, eq }) =>
      `${notExists(there)} OR ${lt(ttl, Math.floor(now / 1000))} OR ${eq(execution, id)}`,
  );
}
