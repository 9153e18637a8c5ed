import { DatabaseSync } from 'node:sqlite';
import type { LogLine } from '../../kernel/ports.ts';

/** One stored line. `time` in milliseconds since 1970; `seq` counts the lines of all groups in the order of their arrival. */
export interface Row {
  readonly seq: number;
  readonly time: number;
  readonly stream: string;
  readonly message: string;
  readonly ingested: number;
}

/** A place in the order by time, exclusive. */
export interface Position {
  readonly time: number;
  readonly seq: number;
}

export interface StreamRow {
  readonly name: string;
  readonly created: number;
}

export interface RangeQuery {
  readonly group: string;
  /** Streams by name, or all of the group. */
  readonly streams?: readonly string[];
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
  readonly after?: Position;
  readonly before?: Position;
  /** Only lines whose message is one of these. */
  readonly matches?: (message: string) => boolean;
  readonly descending?: boolean;
  readonly limit: number;
}

const SWEEP_ROWS = 20_000;

/**
 * The lines of all log groups, in their own SQLite file: appended lines are on disk when `append` returns (WAL). Lines are found by group and time,
 * by stream and time, and by group and arrival.
 */
export class LogDatabase {
  readonly #db: DatabaseSync;
  /** Ids of the streams by `<group>\0<stream>`: one look-up in memory per batch. */
  readonly #streams = new Map<string, number>();
  /** The filter of the running query, for `is_wanted`. */
  #wanted: (message: string) => boolean = () => true;

  constructor(path: string) {
    this.#db = new DatabaseSync(path);
    this.#db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS log_group (name TEXT PRIMARY KEY) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS log_stream (id INTEGER PRIMARY KEY, grp TEXT, name TEXT, created INTEGER, UNIQUE (grp, name));
      CREATE TABLE IF NOT EXISTS line (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, grp TEXT, stream INTEGER, time INTEGER, ingested INTEGER, message TEXT);
      CREATE INDEX IF NOT EXISTS line_arrival ON line (grp);
      CREATE INDEX IF NOT EXISTS line_group ON line (grp, time);
      CREATE INDEX IF NOT EXISTS line_stream ON line (stream, time);
      CREATE TABLE IF NOT EXISTS cursor (subscription TEXT PRIMARY KEY, seq INTEGER) WITHOUT ROWID;`);
    this.#db.function('is_wanted', (message) => Number(this.#wanted(String(message))));
    for (const row of this.#db.prepare('SELECT id, grp, name FROM log_stream').all()) {
      this.#streams.set(`${row.grp}\0${row.name}`, row.id as number);
    }
  }

  hasGroup(group: string): boolean {
    return this.#db.prepare('SELECT 1 FROM log_group WHERE name = ?').get(group) !== undefined;
  }

  /** False if the group exists. */
  addGroup(group: string): boolean {
    return this.#db.prepare('INSERT OR IGNORE INTO log_group VALUES (?)').run(group).changes > 0;
  }

  /** Deletes a group with its streams and lines. */
  removeGroup(group: string): void {
    for (const key of this.#streams.keys()) if (key.startsWith(`${group}\0`)) this.#streams.delete(key);
    this.#db.prepare('DELETE FROM line WHERE grp = ?').run(group);
    this.#db.prepare('DELETE FROM log_stream WHERE grp = ?').run(group);
    this.#db.prepare('DELETE FROM log_group WHERE name = ?').run(group);
  }

  hasStream(group: string, stream: string): boolean {
    return this.#streams.has(`${group}\0${stream}`);
  }

  addStream(group: string, stream: string): void {
    const insert = this.#db.prepare('INSERT INTO log_stream (grp, name, created) VALUES (?, ?, ?)');
    this.#streams.set(`${group}\0${stream}`, Number(insert.run(group, stream, Date.now()).lastInsertRowid));
  }

  /** Streams of a group in the order of their names, those after `after` and with `prefix`. */
  streams(group: string, prefix: string, after: string, limit: number): readonly StreamRow[] {
    return this.#db
      .prepare(
        'SELECT name, created FROM log_stream WHERE grp = ? AND substr(name, 1, ?) = ? AND name > ? ORDER BY name LIMIT ?',
      )
      .all(group, prefix.length, prefix, after, limit) as unknown as readonly StreamRow[];
  }

  /** Appends lines to an existing stream, in one transaction. */
  append(group: string, stream: string, lines: readonly LogLine[]): void {
    const id = this.#streams.get(`${group}\0${stream}`);
    if (id === undefined) throw new Error(`log stream ${group} ${stream} does not exist`);
    const insert = this.#db.prepare('INSERT INTO line (grp, stream, time, ingested, message) VALUES (?, ?, ?, ?, ?)');
    const now = Date.now();
    this.#db.exec('BEGIN');
    try {
      for (const { timestamp, message } of lines) insert.run(group, id, timestamp, now, message);
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  /** Lines in the order of their time, then of their arrival. */
  range({ group, streams, from, to, after, before, matches, descending = false, limit }: RangeQuery): readonly Row[] {
    const ids = streams?.map((name) => this.#streams.get(`${group}\0${name}`) ?? -1);
    const where = ids === undefined ? 'line.grp = ?' : `line.stream IN (${ids.map(() => '?').join()})`;
    const only = matches === undefined ? '' : 'AND is_wanted(message)';
    if (matches !== undefined) this.#wanted = matches;
    const order = descending ? 'DESC' : 'ASC';
    const low = after ?? { time: from, seq: 0 };
    const high = before ?? { time: to, seq: Number.MAX_SAFE_INTEGER };
    return this.#db
      .prepare(
        `SELECT seq, time, name AS stream, message, ingested FROM line JOIN log_stream ON log_stream.id = line.stream
         WHERE ${where} AND time BETWEEN ? AND ? AND (time, seq) > (?, ?) AND (time, seq) < (?, ?) ${only}
         ORDER BY time ${order}, seq ${order} LIMIT ?`,
      )
      .all(
        ...(ids ?? [group]),
        ...[from, to, low.time, low.seq, high.time, high.seq, limit],
      ) as unknown as readonly Row[];
  }

  /** Lines of a group in the order of their arrival. */
  arrivals(group: string, afterSeq: number, limit: number): readonly Row[] {
    return this.#db
      .prepare(
        `SELECT seq, time, name AS stream, message, ingested FROM line INDEXED BY line_arrival
         JOIN log_stream ON log_stream.id = line.stream WHERE line.grp = ? AND seq > ? ORDER BY seq LIMIT ?`,
      )
      .all(group, afterSeq, limit) as unknown as readonly Row[];
  }

  /** The last line that a subscription delivered; a new subscription starts after the newest line. */
  cursor(subscription: string): number {
    const row = this.#db.prepare('SELECT seq FROM cursor WHERE subscription = ?').get(subscription);
    if (row !== undefined) return row.seq as number;
    const newest = (this.#db.prepare('SELECT MAX(seq) AS seq FROM line').get()?.seq as number | null) ?? 0;
    this.moveCursor(subscription, newest);
    return newest;
  }

  moveCursor(subscription: string, seq: number): void {
    this.#db
      .prepare('INSERT INTO cursor VALUES (?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq')
      .run(subscription, seq);
  }

  /** Deletes lines before `time`, a bounded number at once, and returns the number. */
  expire(group: string, time: number): number {
    return Number(
      this.#db
        .prepare('DELETE FROM line WHERE seq IN (SELECT seq FROM line WHERE grp = ? AND time < ? LIMIT ?)')
        .run(group, time, SWEEP_ROWS).changes,
    );
  }

  /**
   * Deletes the oldest lines, a bounded number at once, while all together exceed `limit` bytes; returns the number. The file keeps the space for
   * others.
   */
  shrink(limit: number): number {
    const count = (pragma: string) => Number(Object.values(this.#db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
    if ((count('page_count') - count('freelist_count')) * count('page_size') <= limit) return 0;
    const oldest = 'SELECT seq FROM line ORDER BY seq LIMIT ?';
    return Number(this.#db.prepare(`DELETE FROM line WHERE seq IN (${oldest})`).run(SWEEP_ROWS).changes);
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

/** A line's id, as on AWS: 56 digits that sort by time. The same wherever the line is read. */
export function eventId({ time, seq }: Position): string {
  return `${String(time).padStart(14, '0')}${String(seq).padStart(42, '0')}`;
}

/** The position of an id; undefined for a foreign one. */
export function positionOf(id: string): Position | undefined {
  if (!/^\d{56}$/.test(id)) return undefined;
  return { time: Number(id.slice(0, 14)), seq: Number(id.slice(14)) };
}
