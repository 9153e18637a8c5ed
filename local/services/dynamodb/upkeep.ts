import { DatabaseSync } from 'node:sqlite';
import type { Kernel } from '../../kernel/kernel.ts';
import { AwsError } from '../../kernel/service.ts';
import { type Engine, type Json, table } from './engine.ts';

/** As AWS keeps stream records for a day. */
const STREAM_KEPT_S = 86_400;
const PAGE = 200;
const PAGES_AT_ONCE = 5;

/**
 * Compensates for faults of dynoxide. It searches all records for each new record's number, which slows down every write as the stream grows: an
 * index makes that one step. It never trims a stream: records older than a day are deleted, except each table's last, from which the next number
 * follows. A database of another form is left alone, with a note.
 */
export function tendStreams(kernel: Kernel, path: string): void {
  const db = new DatabaseSync(path, { timeout: 2_000 });
  try {
    db.exec(
      'CREATE INDEX IF NOT EXISTS gantry_stream_sequence ON _stream_records (table_name, CAST(sequence_number AS INTEGER))',
    );
    db.prepare(
      'DELETE FROM _stream_records WHERE created_at < ? AND id NOT IN (SELECT MAX(id) FROM _stream_records GROUP BY table_name)',
    ).run(Math.floor(Date.now() / 1000) - STREAM_KEPT_S);
  } catch (error) {
    kernel.note(`dynamodb: stream records are not trimmed: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    db.close();
  }
}

/** Takes the records of a removed table away, which dynoxide would give to the next table of that name. */
export function forgetStream(kernel: Kernel, path: string, name: string): void {
  const db = new DatabaseSync(path, { timeout: 2_000 });
  try {
    db.prepare('DELETE FROM _stream_records WHERE table_name = ?').run(name);
  } catch (error) {
    kernel.note(`dynamodb: the stream of ${name} stays: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    db.close();
  }
}

/** A table whose items expire. */
export interface Expiring {
  readonly name: string;
  readonly attribute: string;
  readonly keys: readonly string[];
  /** Where the next sweep continues. */
  cursor: unknown;
}

/**
 * Deletes items after their time to live, a bounded number each time; returns the number. A delete is conditional: an item that was renewed meanwhile
 * stays. Nothing is billed, as on AWS. Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
 */
export async function sweepExpired(engine: Engine, expiring: Expiring, nowS: number): Promise<number> {
  let deleted = 0;
  for (let page = 0; page < PAGES_AT_ONCE; page++) {
    const names = Object.fromEntries(expiring.keys.map((key, index) => [`#k${index}`, key]));
    const expired = {
      TableName: expiring.name,
      ExpressionAttributeNames: { '#ttl': expiring.attribute },
      ExpressionAttributeValues: { ':now': { N: String(nowS) } },
    };
    const { Items, LastEvaluatedKey } = await engine.call(table('Scan'), {
      ...expired,
      ExpressionAttributeNames: { ...names, ...expired.ExpressionAttributeNames },
      FilterExpression: '#ttl <= :now',
      ProjectionExpression: Object.keys(names).join(', '),
      Limit: PAGE,
      ...(expiring.cursor === undefined ? {} : { ExclusiveStartKey: expiring.cursor }),
    });
    for (const Key of Items as readonly Json[]) {
      if (await deleteIf(engine, { ...expired, Key, ConditionExpression: '#ttl <= :now' })) deleted += 1;
    }
    expiring.cursor = LastEvaluatedKey;
    if (LastEvaluatedKey === undefined) break;
  }
  return deleted;
}

async function deleteIf(engine: Engine, input: Json): Promise<boolean> {
  try {
    await engine.call(table('DeleteItem'), input);
    return true;
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}
