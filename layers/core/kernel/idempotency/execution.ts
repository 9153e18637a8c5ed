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
  /** The answer as the API sends it; throws when it does not fit its schema. */
  readonly present: (reply: unknown) => unknown;
}

/** One run of a request with an idempotency key. */
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

/** Runs `work` as `execution`: its first transaction records the key. */
export function during<T>(execution: Execution, work: () => Promise<T>): Promise<T> {
  return current.run(execution, work);
}

/**
 * Announces the operation's answer before its transaction commits, and returns it. With an `Idempotency-Key` the transaction then records the answer,
 * so that a repeat after a crash still gets it. Call this before `transact`.
 */
export function willAnswer<T>(reply: T): T {
  const execution = current.getStore();
  if (execution !== undefined) execution.announced = { reply };
  return reply;
}

/** The write that records the key of the present request, for its first transaction; undefined when there is nothing to record. */
export function keyWrite(): Write | undefined {
  const execution = current.getStore();
  if (execution === undefined || execution.committed) return undefined;
  const otherwise = new GantryError('Conflict', 'The same request is in progress. Try again.', [], {
    retryAfterSeconds: 1,
  });
  return { item: item.put(keyRecord(execution, execution.announced)), otherwise };
}

/** Marks the transaction with the `keyWrite` as committed. */
export function keyCommitted(): void {
  const execution = current.getStore();
  if (execution !== undefined) execution.committed = true;
}

/** Records an execution, unless a valid record of another execution exists. */
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
