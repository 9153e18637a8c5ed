import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { keyFile, SUPERUSER } from './server.ts';

/** A server that runs: its folder, and its port on 127.0.0.1. */
export interface Running {
  readonly folder: string;
  readonly port: number;
}

const STATEMENT_MS = 120_000;

/** Does something as the superuser, in one session. */
export async function asSuperuser<T>({ folder, port }: Running, work: (session: Client) => Promise<T>): Promise<T> {
  const session = new Client({
    ...{ host: '127.0.0.1', port, user: SUPERUSER, password: readFileSync(keyFile(folder), 'utf8') },
    ...{ database: 'postgres', statement_timeout: STATEMENT_MS },
    // The server made its certificate itself, and nobody else can listen at its port.
    ssl: { rejectUnauthorized: false },
  });
  // A server that goes away in between fails the query too.
  session.on('error', () => undefined);
  await session.connect();
  try {
    return await work(session);
  } finally {
    await session.end().catch(() => undefined);
  }
}

/** The first row of a statement's result. Throws if there is none. */
export async function rowOf<R extends object>(session: Client, sql: string): Promise<R> {
  const { rows } = await session.query<R>(sql);
  const [row] = rows;
  if (row === undefined) throw new Error(`PostgreSQL answered no row: ${sql}`);
  return row;
}
