import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { sessionsOfProcesses } from './sessions.ts';

/** A listening TCP socket of a process. */
export interface Listening {
  /** As it was bound: `0.0.0.0`, `127.0.0.1`, `::`, `::1`, … */
  readonly address: string;
  readonly port: number;
  /** Whether a guard keeps it to this machine although it listens on all addresses: see guards/python. */
  readonly guarded: boolean;
}

const LISTEN = '0A';
const TABLES = ['/proc/self/net/tcp', '/proc/self/net/tcp6'];

/** The listening addresses of a session's processes, without repeats; empty without /proc. */
export function listeningOf(session: number): Listening[] {
  const found = new Map<string, Listening>();
  let known: ReadonlyMap<string, Omit<Listening, 'guarded'>> | undefined;
  for (const pid of membersOf(session)) {
    const inodes = socketsOf(pid);
    if (inodes.length === 0) continue;
    known ??= new Map(TABLES.flatMap(readTable));
    for (const inode of inodes) {
      const socket = known.get(inode);
      if (socket !== undefined) found.set(`${socket.address} ${socket.port}`, { ...socket, guarded: isGuarded(pid) });
    }
  }
  return [...found.values()];
}

function membersOf(session: number): string[] {
  return [...sessionsOfProcesses()].filter(([, each]) => each === session).map(([pid]) => pid);
}

function socketsOf(pid: string): string[] {
  return attempt(() => readdirSync(`/proc/${pid}/fd`), []).flatMap((fd) => {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`), '')) ?? [];
    return inode === undefined ? [] : [inode];
  });
}

/** Sockets in state LISTEN by inode, from a table as proc_pid_net(5) describes it. */
function readTable(file: string): (readonly [string, Omit<Listening, 'guarded'>])[] {
  const lines = attempt(() => readFileSync(file, 'utf8'), '')
    .split('\n')
    .slice(1);
  return lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    const [address = '', port = ''] = local.split(':');
    if (state !== LISTEN) return [];
    return [[inode, { address: addressFrom(address), port: Number.parseInt(port, 16) }] as const];
  });
}

/** An address of the table: 32-bit words in hexadecimal, each in the order of this machine's bytes. */
function addressFrom(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => [...Buffer.from(word, 'hex')].reverse());
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.every((byte) => byte === 0)) return '::';
  if (bytes.slice(0, 15).every((byte) => byte === 0) && bytes[15] === 1) return '::1';
  if (bytes.slice(0, 12).join() === '0,0,0,0,0,0,0,0,0,0,255,255') return bytes.slice(12).join('.');
  return (Buffer.from(bytes).toString('hex').match(/.{4}/g) ?? []).join(':');
}

/** Python binds by its own `socket`, which the guard has replaced, and so does uvloop. A C server inside Python cannot be distinguished. */
function isGuarded(pid: string): boolean {
  return basename(attempt(() => readlinkSync(`/proc/${pid}/exe`), '')).startsWith('python');
}

function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
