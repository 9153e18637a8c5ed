import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** Durable JSON values by key, on disk when `put` returns. */
export interface Collection<T> {
  get(key: string): T | undefined;
  put(key: string, value: T): void;
  delete(key: string): void;
  /** Entries in key order, optionally those whose key starts with `prefix`. */
  entries(prefix?: string): readonly (readonly [string, T])[];
}

/** The local cloud's state in one SQLite file, safe against `kill -9` of the process (WAL). */
export class Store {
  readonly #db: DatabaseSync;

  /** Opens or creates the file. Throws for a file that is no database. */
  constructor(path: string) {
    this.#db = new DatabaseSync(path);
    // A deleted value may have been a secret: its bytes are overwritten.
    this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON;');
    this.#db.exec(
      'CREATE TABLE IF NOT EXISTS entry (collection TEXT, key TEXT, value TEXT, PRIMARY KEY (collection, key)) WITHOUT ROWID',
    );
  }

  /** The collection `name`; collections of one name share their entries. */
  collection<T>(name: string): Collection<T> {
    return new SqliteCollection<T>(this.#db, name);
  }

  /** Runs `work` in one transaction: all of its writes are kept or none is. */
  atomically<T>(work: () => T): T {
    this.#db.exec('BEGIN');
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#db.close();
  }
}

class SqliteCollection<T> implements Collection<T> {
  readonly #name: string;
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #range: StatementSync;

  constructor(db: DatabaseSync, name: string) {
    this.#name = name;
    this.#get = db.prepare('SELECT value FROM entry WHERE collection = ? AND key = ?');
    this.#put = db.prepare('INSERT INTO entry VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value');
    this.#delete = db.prepare('DELETE FROM entry WHERE collection = ? AND key = ?');
    this.#range = db.prepare('SELECT key, value FROM entry WHERE collection = ? AND key >= ? AND key < ? ORDER BY key');
  }

  get(key: string): T | undefined {
    const row = this.#get.get(this.#name, key);
    return row === undefined ? undefined : (JSON.parse(row.value as string) as T);
  }

  put(key: string, value: T): void {
    this.#put.run(this.#name, key, JSON.stringify(value));
  }

  delete(key: string): void {
    this.#delete.run(this.#name, key);
  }

  entries(prefix = ''): readonly (readonly [string, T])[] {
    const rows = this.#range.all(this.#name, prefix, `${prefix}\u{10FFFF}`);
    return rows.map((row) => [row.key as string, JSON.parse(row.value as string) as T] as const);
  }
}
