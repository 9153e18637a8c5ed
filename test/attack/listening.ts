import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A TCP socket that accepts connections. */
export interface Listening {
  readonly pid: number;
  /** `127.0.0.1`, `::1`, `0.0.0.0`, … */
  readonly host: string;
  readonly port: number;
}

const LISTEN = '0A';

/** The process with this id and all of its descendants. */
function processTree(root: number): ReadonlySet<number> {
  const children = new Map<number, number[]>();
  for (const pid of processes()) {
    const stat = read(`/proc/${pid}/stat`);
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const tree = new Set<number>();
  const add = (pid: number): void => {
    tree.add(pid);
    for (const child of children.get(pid) ?? []) add(child);
  };
  add(root);
  return tree;
}

/** Every listening TCP socket that one of these processes holds, in the order of the ports. Source: proc(5). */
export function listeningSockets(pids: ReadonlySet<number>): Listening[] {
  const listening = new Map<string, { readonly host: string; readonly port: number }>();
  for (const table of ['tcp', 'tcp6']) {
    for (const line of read(`/proc/net/${table}`).split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      const [address = '', port = ''] = local.split(':');
      if (state === LISTEN) listening.set(inode, { host: hostOf(address), port: Number.parseInt(port, 16) });
    }
  }
  const found = new Map<string, Listening>();
  for (const pid of pids) {
    for (const inode of socketsOf(pid)) {
      const socket = listening.get(inode);
      if (socket !== undefined) found.set(inode, { pid, ...socket });
    }
  }
  return [...found.values()].sort((a, b) => a.port - b.port);
}

/** The listening sockets below the platform: its own as `host:port`, and those of its databases, which have their own ports. */
export function listeningBelow(platform: number): {
  readonly own: readonly string[];
  readonly databases: readonly Listening[];
} {
  const open = listeningSockets(processTree(platform));
  const databases = open.filter(({ pid }) => programOf(pid) === 'postgres');
  const own = open.filter((each) => !databases.includes(each)).map(({ host, port }) => `${host}:${port}`);
  return { own, databases };
}

/** The name of a process's program; empty when it has ended. */
function programOf(pid: number): string {
  return read(`/proc/${pid}/comm`).trim();
}

function processes(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid));
}

/** The inodes of a process's sockets; none when it has ended. */
function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

/** `0100007F` → `127.0.0.1`: words of 32 bits, each in the machine's order. */
function hostOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex').reverse()]);
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.every((byte) => byte === 0)) return '::';
  return bytes.slice(0, 15).every((byte) => byte === 0) && bytes[15] === 1 ? '::1' : `[${hex}]`;
}

/** A file under /proc; empty when its process has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
