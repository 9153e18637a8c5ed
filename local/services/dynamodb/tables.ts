/** The schema that calls are checked against: the keys of a table and of its indexes, hash first, and the types of those attributes. */
export interface TableKeys {
  readonly keys: readonly string[];
  readonly indexes: ReadonlyMap<string, readonly string[]>;
  readonly types: ReadonlyMap<string, string>;
}

/** The declared tables, by name. */
export type Tables = ReadonlyMap<string, TableKeys>;
