import type { DatabaseEngine, DatabaseSize } from '@gantry/contract/schemas/databases.ts';

/** How much one size may use, in Aurora capacity units of 2 GiB each. A minimum of 0 pauses while nobody is connected. */
interface Capacity {
  readonly min: number;
  readonly max: number;
}

/** The address of a database, and the user of apps. */
interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** A statement that failed, as the server's log tells it. */
export interface StatementFailure {
  readonly error: string;
  /** Undefined where the server does not tell it. */
  readonly statement: string | undefined;
  /** Whether it took too long. */
  readonly tookTooLong: boolean;
}

/** All that differs from one engine to another. */
export interface Engine {
  readonly title: string;
  /** What Amazon RDS calls it. */
  readonly rdsEngine: string;
  /** Newest first. */
  readonly versions: readonly string[];
  readonly port: number;
  readonly sizes: Readonly<Record<DatabaseSize, Capacity>>;
  /** The names that variables may refer to, and their values. */
  variables(endpoint: Endpoint, password: string): Readonly<Record<string, string>>;
  /** The statements that let nobody in any more but the master user: the users of restored data. */
  shutOut(): readonly string[];
  /** The statements that let `user` in with `password`, run as the master user; a repeat is harmless. */
  letIn(user: string, password: string): readonly string[];
  /** The statements that end what `user` does in one statement, or in one transaction, for longer than so many seconds. */
  limit(user: string, seconds: number): readonly string[];
  /** The query of how many tables there are. */
  readonly countTables: string;
  /** What went wrong last for `user`, from the server's log; undefined where nothing did. */
  lastFailure(log: string, user: string): StatementFailure | undefined;
  /** The statements that make a temporary user for one person, and remove users whose time is over. */
  session(user: string, password: string, until: string): readonly string[];
}

/** An engine that is described, and cannot be created yet. */
export interface MissingEngine {
  readonly title: string;
  /** The missing part, as a sentence that says what to do. */
  readonly missing: string;
}

export type EngineTable = Readonly<Record<DatabaseEngine, Engine | MissingEngine>>;
