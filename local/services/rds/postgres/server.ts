import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Identity } from '../../../cluster/api/certificate.ts';
import { endOrphan, markOf } from '../../../kernel/orphan.ts';
import type { Binaries } from './binaries.ts';
import { serverUser } from './user.ts';

/** One server with its folder. It outlives nothing: it is started with the platform and ended with it, and a killed platform's at the next start. */
export interface PostgresServer {
  hasEnded(): boolean;
  /** The end of its log since it was started. */
  log(): string;
  stop(): Promise<void>;
}

const READY_MS = 60_000;
const STOP_MS = 4_000;
const COMPLAINT_CHARACTERS = 2_000;
const LOG_CHARACTERS = 100_000;

/**
 * Small settings, because many servers may run on one machine. Everything that makes writes durable stays on. Paths are
 * relative to the server's `data`.
 */
const SETTINGS = [
  "listen_addresses = '127.0.0.1'",
  "unix_socket_directories = ''",
  'ssl = on',
  "ssl_cert_file = 'server.crt'",
  "ssl_key_file = 'server.key'",
  'password_encryption = scram-sha-256',
  'shared_buffers = 16MB',
  'max_connections = 60',
  'wal_level = replica',
  'archive_mode = on',
  "archive_command = 'test -f ../wal/%f || (cp %p ../wal/%f.part && mv ../wal/%f.part ../wal/%f)'",
  // As RDS has it, by which the product finds whose statement failed.
  "log_line_prefix = '%t:%r:%u@%d:[%p]:'",
  "log_min_messages = 'warning'",
];

/** TLS and a password are asked of everybody, on every way in. */
const ACCESS = 'hostssl all all 127.0.0.1/32 scram-sha-256\nhostssl replication all 127.0.0.1/32 scram-sha-256\n';

/** The users and the database of a new server. */
export interface FirstRoles {
  readonly database: string;
  readonly master: string;
  readonly password: string;
}

/** The superuser belongs to the local cloud, as it belongs to Amazon on RDS. */
export const SUPERUSER = 'rdsadmin';

/** Makes a server's folder with its database and its master user. Deletes an earlier folder. */
export async function initialise(binaries: Binaries, folder: string, roles: FirstRoles): Promise<void> {
  await stopOrphan(folder);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const user = serverUser();
  user.own(folder);
  const data = dataOf(folder);
  await run(binaries, [
    ...user.prefix,
    binaries.initdb,
    ...['-D', data, '-U', SUPERUSER, '--auth=reject', '--encoding=UTF8', '--locale=C.UTF-8', '--wal-segsize=1'],
  ]);
  writeFileSync(join(data, 'pg_hba.conf'), ACCESS);
  await equip(binaries, folder, firstStatements(roles));
}

/**
 * Sets the superuser's password of a stopped server, and runs statements as the superuser. The password is in the
 * server's folder, as keys are.
 */
async function equip(binaries: Binaries, folder: string, statements: readonly string[] = []): Promise<void> {
  const password = randomBytes(24).toString('hex');
  configure(folder);
  serverUser().own(folder);
  const input = [
    `SET password_encryption = 'scram-sha-256'`,
    `ALTER ROLE ${SUPERUSER} PASSWORD '${password}'`,
    ...statements,
    '',
  ].join('\n');
  await run(binaries, [...serverUser().prefix, binaries.postgres, '--single', '-D', dataOf(folder), 'postgres'], input);
  writeFileSync(keyFile(folder), password, { mode: 0o600 });
}

/** Writes the settings of a server, and those of a recovery at its start. */
export function configure(folder: string, recovery: readonly string[] = []): void {
  mkdirSync(join(folder, 'wal'), { recursive: true, mode: 0o700 });
  writeFileSync(join(dataOf(folder), 'postgresql.conf'), `${[...SETTINGS, ...recovery].join('\n')}\n`);
}

/**
 * The rights of RDS's master user: to make users and databases, and to see and end the sessions of others.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Roles.rds_superuser.html
 */
function firstStatements({ database, master, password }: FirstRoles): string[] {
  return [
    `CREATE ROLE ${master} LOGIN CREATEDB CREATEROLE PASSWORD '${password}'`,
    `GRANT pg_monitor, pg_signal_backend, pg_checkpoint TO ${master} WITH ADMIN OPTION`,
    `CREATE DATABASE ${database} OWNER ${master}`,
  ];
}

/** Starts a server on a port of 127.0.0.1 and waits until it answers. Throws with its last output if it does not. */
export async function startServer(
  binaries: Binaries,
  folder: string,
  port: number,
  { key, certificate }: Identity,
): Promise<PostgresServer> {
  await stopOrphan(folder);
  // The folder of an older version.
  if (!existsSync(keyFile(folder))) await equip(binaries, folder);
  const data = dataOf(folder);
  writeFileSync(join(data, 'server.key'), key, { mode: 0o600 });
  writeFileSync(join(data, 'server.crt'), certificate);
  serverUser().own(data);
  const [command = '', ...args] = [...serverUser().prefix, binaries.postgres, '-D', data, '-p', String(port)];
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: environmentOf(binaries),
    cwd: '/',
  });
  let log = '';
  child.stderr?.on('data', (text: Buffer) => {
    log = `${log}${text}`.slice(-LOG_CHARACTERS);
  });
  const failed = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', () => resolve(log.slice(-COMPLAINT_CHARACTERS).trim() || 'it gave no reason'));
  });
  if (child.pid !== undefined) writeFileSync(pidFile(folder), markOf(child.pid));
  const ending = new AbortController();
  const reason = await Promise.race([failed, answering(port, ending.signal)]);
  ending.abort();
  if (reason !== undefined) {
    await end(child);
    throw new Error(`PostgreSQL did not start in ${folder}: ${reason}`);
  }
  return {
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    log: () => log,
    async stop() {
      await end(child);
      rmSync(pidFile(folder), { force: true });
    },
  };
}

/** Ends a server that a killed platform left in a folder. */
export function stopOrphan(folder: string): Promise<void> {
  return endOrphan(pidFile(folder), 'SIGINT', STOP_MS);
}

const dataOf = (folder: string) => join(folder, 'data');
/** The password of the superuser. */
export const keyFile = (folder: string) => join(folder, 'admin.key');
const pidFile = (folder: string) => join(folder, 'server.pid');

/** Undefined once the server takes connections, or why it does not. */
async function answering(port: number, signal: AbortSignal): Promise<string | undefined> {
  for (const end = Date.now() + READY_MS; !signal.aborted && Date.now() < end; await sleep(20)) {
    if (await answers(port)) return undefined;
  }
  return `it did not answer within ${READY_MS / 1000} s`;
}

/** Asks for TLS, as a client does: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])));
    socket.once('data', (answer) => done(answer[0] === 0x53));
    socket.once('error', () => done(false));
    socket.setTimeout(1_000, () => done(false));
  });
}

/** A fast shutdown: clients are disconnected, and committed data stays. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGINT');
  const forced = setTimeout(() => child.kill('SIGQUIT'), STOP_MS);
  await ended;
  clearTimeout(forced);
}

function environmentOf({ libraries }: Binaries): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LD_LIBRARY_PATH: libraries, LC_ALL: 'C.UTF-8', TZ: 'UTC' };
}

/** Runs a program of the server to its end. Throws with the program's output if it fails. */
async function run(binaries: Binaries, words: readonly string[], input = ''): Promise<void> {
  const [command = '', ...args] = words;
  const child = spawn(command, args, { env: environmentOf(binaries), cwd: '/' });
  let output = '';
  const take = (text: Buffer) => {
    output = `${output}${text}`.slice(-COMPLAINT_CHARACTERS);
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0 || /\b(ERROR|FATAL|PANIC):/.test(output)) throw new Error(`${command} failed: ${output.trim()}`);
}
