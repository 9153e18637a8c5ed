import { AUTHORITIES_FILE } from '@gantry/cluster/authorities.ts';
import type { Engine } from './engine.ts';
import { lastFailureIn } from './postgres-log.ts';
import { scramVerifier } from './scram.ts';

/** Owns what apps make. Nobody signs in as it: the users who do are members, and act as it from the start. */
const OWNER = 'app';

/**
 * Aurora PostgreSQL. It is the only kind of database whose users can be made from outside of its network, through the
 * Data API (decision 27). https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.html
 */
export const postgres: Engine = {
  title: 'PostgreSQL',
  rdsEngine: 'aurora-postgresql',
  versions: ['18', '17'],
  port: 5432,
  sizes: {
    micro: { min: 0, max: 1 },
    small: { min: 0, max: 2 },
    medium: { min: 0.5, max: 8 },
    large: { min: 1, max: 32 },
  },
  variables: ({ host, port, database, user }, password) => ({
    DATABASE_URL: `postgres://${user}:${password}@${host}:${port}/${database}?sslmode=require`,
    HOST: host,
    PORT: String(port),
    NAME: database,
    USER: user,
    PASSWORD: password,
    CA_FILE: AUTHORITIES_FILE,
  }),
  shutOut: () => [shutOut()],
  letIn: (user, password) => [
    unlessThere(OWNER, `CREATE ROLE ${OWNER} NOLOGIN`),
    `GRANT ${OWNER} TO CURRENT_USER`,
    ownDatabase(),
    ...member(user, password),
  ],
  // The server's own limit on a transaction holds for a second more: so a slow statement by itself is told as one.
  limit: (user, seconds) => [
    `ALTER ROLE ${quoted(user)} SET statement_timeout = ${literal(`${seconds}s`)}`,
    `ALTER ROLE ${quoted(user)} SET transaction_timeout = ${literal(`${seconds + 1}s`)}`,
  ],
  countTables: "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
  lastFailure: lastFailureIn,
  session: (user, password, until) => [
    dropExpired(),
    ...member(user, password),
    `ALTER ROLE ${quoted(user)} VALID UNTIL ${literal(until)}`,
  ],
};

function member(user: string, password: string): string[] {
  const role = quoted(user);
  return [
    unlessThere(user, `CREATE ROLE ${role}`),
    `ALTER ROLE ${role} LOGIN PASSWORD ${literal(scramVerifier(password))}`,
    `GRANT ${role} TO CURRENT_USER`,
    `GRANT ${OWNER} TO ${role}`,
    `ALTER ROLE ${role} SET role TO ${literal(OWNER)}`,
  ];
}

/** The name of a database cannot be a function's answer in ALTER DATABASE. */
function ownDatabase(): string {
  return `DO $do$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO ${OWNER}', current_database()); EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()); END $do$`;
}

function unlessThere(role: string, statement: string): string {
  const body = `IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(role)}) THEN ${statement}; END IF;`;
  return `DO $do$ BEGIN ${body} END $do$`;
}

/** The users of apps and of sessions are members of the owner. */
function shutOut(): string {
  const members = `SELECT member::regrole::text AS name FROM pg_auth_members WHERE roleid = '${OWNER}'::regrole AND member <> CURRENT_USER::regrole`;
  const close = `EXECUTE 'ALTER ROLE ' || one.name || ' NOLOGIN PASSWORD NULL'`;
  return `DO $do$ DECLARE one record; BEGIN FOR one IN ${members} LOOP ${close}; END LOOP; END $do$`;
}

/** Objects of an expired session user go to the owner before the user is dropped. */
function dropExpired(): string {
  const expired =
    "SELECT rolname AS name FROM pg_roles WHERE rolname LIKE 'gantry!_%' ESCAPE '!' AND rolvaliduntil < now()";
  const drop = `EXECUTE format('REASSIGN OWNED BY %I TO ${OWNER}', one.name); EXECUTE format('DROP OWNED BY %I', one.name); EXECUTE format('DROP ROLE %I', one.name);`;
  return `DO $do$ DECLARE one record; BEGIN FOR one IN ${expired} LOOP ${drop} END LOOP; END $do$`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
