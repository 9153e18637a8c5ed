import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process of this machine that belongs to a data folder. */
export interface OwnedProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  readonly home: string | undefined;
}

/** The processes that run in a data folder, or were told of it: the platform, its engine, builds, apps. Needs Linux's /proc. */
export function processesOf(dataDir: string): OwnedProcess[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid)
    .flatMap((pid) => read(pid, dataDir) ?? []);
}

/** Those that no longer have the platform above them. Whatever port one listens on is an orphan with it. */
export function orphansOf(owned: readonly OwnedProcess[], platform: number): OwnedProcess[] {
  const parents = new Map(owned.map(({ pid, parent }) => [pid, parent]));
  const isBelow = (pid: number): boolean => pid === platform || (parents.has(pid) && isBelow(parents.get(pid) ?? 0));
  return owned.filter(({ pid }) => !isBelow(pid));
}

/** The uid of the pod whose container a process is of. */
export function podOf({ home }: OwnedProcess, dataDir: string): string | undefined {
  const prefix = `${dataDir}/pods/`;
  return home?.startsWith(prefix) ? home.slice(prefix.length).split('/')[0] : undefined;
}

/** A process that ends while it is read is none. */
function read(pid: number, dataDir: string): OwnedProcess | undefined {
  try {
    const folder = readlinkSync(`/proc/${pid}/cwd`);
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    const belongs =
      `${folder}/`.startsWith(`${dataDir}/`) ||
      command.includes(dataDir) ||
      variables.some((variable) => variable.includes(dataDir));
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (!belongs || state === 'Z') return undefined;
    const home = variables.find((variable) => variable.startsWith('HOME='))?.slice('HOME='.length);
    return { pid, parent: Number(parent), command, home };
  } catch {
    return undefined;
  }
}
