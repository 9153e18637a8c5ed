import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { selfSigned } from '../../../cluster/api/certificate.ts';
import { endOrphan, markOf } from '../../../kernel/orphan.ts';
import type { Binaries } from './binaries.ts';
import { serverUser } from './user.ts';

/** One server with its folder. It outlives nothing: it is started with the platform and ended with it, and a killed platform's at the next start. */
export interface PostgresServer {
  stop(): Promise<void>;
}

const READY_MS = 60_000;
const STOP_MS = 4_000;
const COMPLAINT_CHARACTERS = 2_000;

/** Small, because many may run on one machine. Nothing of what makes writes durable is left out. */
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
  "log_line_prefix = ''",
  "log_min_messages = 'warning'",
];

/** TLS and a password are asked of everybody, on every way in. */
const ACCESS = 'hostssl all all 127.0.0.1/32 scram-sha-256\nhostssl replication all 127.0.0.1/32 scram-sha-256\n';

/** Who may do what in a new server: nobody is a superuser who has a password. */
export interface FirstRoles {
  readonly database: string;
  readonly master: string;
  readonly password: string;
}

/** Makes a server's folder anew, with its database and its master user. What was there goes. */
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
    ...['-D', data, '-U', 'rdsadmin', '--auth=reject', '--encoding=UTF8', '--locale=C.UTF-8'],
  ]);
  const { key, certificate } = selfSigned();
  writeFileSync(join(data, 'server.key'), key, { mode: 0o600 });
  writeFileSync(join(data, 'server.crt'), certificate);
  writeFileSync(join(data, 'postgresql.conf'), `${SETTINGS.join('\n')}\n`);
  writeFileSync(join(data, 'pg_hba.conf'), ACCESS);
  user.own(folder);
  await run(binaries, [...user.prefix, binaries.postgres, '--single', '-D', data, 'postgres'], firstStatements(roles));
}

/** What RDS's master user may do: make users and databases, see and end what others do. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Roles.rds_superuser.html */
function firstStatements({ database, master, password }: FirstRoles): string {
  return [
    `SET password_encryption = 'scram-sha-256'`,
    `CREATE ROLE ${master} LOGIN CREATEDB CREATEROLE PASSWORD '${password}'`,
    `GRANT pg_monitor, pg_signal_backend, pg_checkpoint TO ${master} WITH ADMIN OPTION`,
    `CREATE DATABASE ${database} OWNER ${master}`,
    '',
  ].join('\n');
}

/** Starts a server at a port of 127.0.0.1 and waits until it answers. Throws with its last words where it does not. */
export async function startServer(binaries: Binaries, folder: string, port: number): Promise<PostgresServer> {
  await stopOrphan(folder);
  const [command = '', ...args] = [...serverUser().prefix, binaries.postgres, '-D', dataOf(folder), '-p', String(port)];
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: environmentOf(binaries),
    cwd: '/',
  });
  let complaint = '';
  child.stderr?.on('data', (text: Buffer) => {
    complaint = `${complaint}${text}`.slice(-COMPLAINT_CHARACTERS);
  });
  const failed = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', () => resolve(complaint.trim() || 'it gave no reason'));
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

/** A fast shutdown: clients are cut off, and what they had committed stays. */
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

/** Runs a program of the server to its end. Throws with its output where it fails. */
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
