import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AttributeValue, type DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';

/** An item in the form of the API: `{ pk: { S: '…' } }`; binary values are base64 text under `B`. */
export type Item = Readonly<Record<string, AttributeValue>>;

/** Records that live for minutes and have a meaning only in the installation that wrote them. */
const PASSING = new Set(['outbox', 'connection', 'subscription', 'ticket']);
/** Maximum number of writes at the same time. */
const CONCURRENCY = 20;

const Manifest = z.object({
  format: z.literal(1),
  stage: z.string(),
  table: z.string(),
  /** The key that encrypts the values of variables. */
  key: z.string(),
  exportedAt: z.string(),
  items: z.int(),
});
type Manifest = z.infer<typeof Manifest>;

const MANIFEST = 'manifest.json';
const ITEMS = 'items.jsonl';

/**
 * Scans a table into a new folder that only this user can read. The manifest is written last, so a folder with a
 * manifest is complete. Throws if the folder exists.
 */
export async function writeArchive(
  dynamoDb: DynamoDBClient,
  source: Pick<Manifest, 'stage' | 'table' | 'key'>,
  folder: string,
): Promise<{ readonly items: number }> {
  mkdirSync(folder, { mode: 0o700 });
  let items = 0;
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  do {
    const command = new ScanCommand({ TableName: source.table, ...(ExclusiveStartKey && { ExclusiveStartKey }) });
    const { Items = [], LastEvaluatedKey } = await dynamoDb.send(command);
    const kept = Items.filter((item) => !PASSING.has(item.__edb_e__?.S ?? ''));
    const text = kept.map((item) => `${JSON.stringify(item, asText)}\n`).join('');
    writeFileSync(join(folder, ITEMS), text, { flag: 'a', mode: 0o600 });
    items += kept.length;
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  const manifest: Manifest = { format: 1, ...source, exportedAt: new Date().toISOString(), items };
  writeFileSync(join(folder, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`, { mode: 0o600 });
  return { items };
}

/** Reads a folder that `writeArchive` made. Throws if the folder is incomplete. */
export function readArchive(folder: string): { readonly manifest: Manifest; readonly items: readonly Item[] } {
  const manifest = Manifest.parse(JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')));
  const lines = readFileSync(join(folder, ITEMS), 'utf8').split('\n').filter(Boolean);
  if (lines.length !== manifest.items)
    throw new Error(
      `${folder} has ${lines.length} records, but its manifest says ${manifest.items}: the export is incomplete`,
    );
  return { manifest, items: lines.map((line) => JSON.parse(line, fromText)) };
}

/** Writes items unchanged, over existing items with the same keys. Returns their number. */
export async function writeItems(dynamoDb: DynamoDBClient, table: string, items: readonly Item[]): Promise<number> {
  let next = 0;
  const work = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++])
      await dynamoDb.send(new PutItemCommand({ TableName: table, Item: { ...item } }));
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return items.length;
}

/** Whether a table has only short-lived records, or none. */
export async function isEmpty(dynamoDb: DynamoDBClient, table: string): Promise<boolean> {
  const { Items = [] } = await dynamoDb.send(new ScanCommand({ TableName: table, Limit: 100 }));
  return Items.every((item) => PASSING.has(item.__edb_e__?.S ?? ''));
}

const asText = (_key: string, value: unknown) =>
  value instanceof Uint8Array ? { $bytes: Buffer.from(value).toString('base64') } : value;

const fromText = (_key: string, value: unknown) =>
  typeof value === 'object' && value !== null && '$bytes' in value
    ? Buffer.from(String(value.$bytes), 'base64')
    : value;
