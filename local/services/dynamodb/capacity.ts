import type { Json } from './engine.ts';
import type { Tables } from './tables.ts';

/**
 * The units that AWS bills on demand, as far as a call and its answer show: the size of seen items, and the minimum for unseen ones (items of updates
 * and deletions within transactions). Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
export interface Consumed {
  readonly unit: 'dynamodb.rru' | 'dynamodb.wru';
  readonly units: number;
}

type Item = Readonly<Record<string, Json>>;

const READ_BYTES = 4096;
const WRITE_BYTES = 1024;

export function consumed(operation: string, input: Json, answer: Json, tables: Tables): Consumed {
  const read = (units: number): Consumed => ({ unit: 'dynamodb.rru', units });
  const write = (units: number): Consumed => ({ unit: 'dynamodb.wru', units });
  if (operation === 'GetItem') return read(readUnits(bytesOf(answer.Item), input.ConsistentRead));
  if (operation === 'Query' || operation === 'Scan') return read(readUnits(queried(answer), input.ConsistentRead));
  if (operation === 'BatchGetItem') return read(batch(input, answer));
  if (operation === 'TransactGetItems') {
    const responses = answer.Responses as readonly { readonly Item?: Item }[];
    return read(responses.reduce((sum, { Item }) => sum + 2 * readUnits(bytesOf(Item), true), 0));
  }
  if (operation === 'TransactWriteItems') {
    const parts = input.TransactItems as readonly Readonly<Record<string, Json>>[];
    return write(parts.reduce((sum, part) => sum + 2 * writeUnits(partOf(part), tables), 0));
  }
  const images = [input.Item, answer.Attributes].filter((image) => image !== undefined) as Item[];
  return write(writeUnits({ table: String(input.TableName), images }, tables));
}

/** A failed condition is billed as a write of the smallest size: one unit, or two per item of a transaction. */
export function refusedUnits(code: string, details: Json): number {
  if (code === 'ConditionalCheckFailedException') return 1;
  return code === 'TransactionCanceledException' ? 2 * [details.CancellationReasons].flat().length : 0;
}

function partOf(part: Readonly<Record<string, Json>>) {
  const [named] = Object.values(part);
  return { table: String(named?.TableName), images: named?.Item === undefined ? [] : [named.Item as Item] };
}

/** The table's write, and one for each index that an image belongs to. */
function writeUnits({ table, images }: { table: string; images: readonly Item[] }, tables: Tables): number {
  const size = Math.max(0, ...images.map(bytesOf));
  const units = Math.max(1, Math.ceil(size / WRITE_BYTES));
  const indexes = [...(tables.get(table)?.indexes.values() ?? [])];
  const held = indexes.filter((keys) => images.some((image) => keys.every((key) => image[key] !== undefined)));
  return units * (1 + held.length);
}

function readUnits(bytes: number, consistent: unknown): number {
  return Math.max(1, Math.ceil(bytes / READ_BYTES)) * (consistent === true ? 1 : 0.5);
}

/** A filter costs its dropped items too, which are assumed to have the same size. */
function queried({ Items = [], Count, ScannedCount }: Json): number {
  const bytes = (Items as readonly Item[]).reduce((sum, item) => sum + bytesOf(item), 0);
  return Number(Count) > 0 ? (bytes * Number(ScannedCount)) / Number(Count) : 0;
}

function batch(input: Json, answer: Json): number {
  const responses = answer.Responses as Readonly<Record<string, readonly Item[]>>;
  let units = 0;
  for (const [name, asked] of Object.entries(input.RequestItems as Readonly<Record<string, Json>>)) {
    const found = responses[name] ?? [];
    for (const item of found) units += readUnits(bytesOf(item), asked.ConsistentRead);
    const missing = (asked.Keys as readonly unknown[]).length - found.length;
    units += Math.max(0, missing) * readUnits(0, asked.ConsistentRead);
  }
  return units;
}

/** Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
function bytesOf(item: unknown): number {
  if (item === undefined) return 0;
  return Object.entries(item as Item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    0,
  );
}

function valueBytes(value: Json): number {
  const [[type = '', held] = []] = Object.entries(value);
  if (type === 'S') return Buffer.byteLength(String(held));
  if (type === 'B') return Math.floor((String(held).replace(/=+$/, '').length * 3) / 4);
  if (type === 'N') return Math.ceil(String(held).replace(/[^0-9]/g, '').length / 2) + 1;
  if (type === 'SS' || type === 'NS' || type === 'BS') {
    return (held as readonly string[]).reduce((sum, each) => sum + valueBytes({ [type.slice(0, 1)]: each }), 0);
  }
  if (type === 'L') return (held as readonly Json[]).reduce((sum, each) => sum + 1 + valueBytes(each), 3);
  if (type === 'M') return 3 + Object.keys(held as Json).length + bytesOf(held);
  return 1;
}
