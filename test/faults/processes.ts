import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { PARTS } from '@gantry/local/disk.ts';
import { workFolder } from '@gantry/local/work-folder.ts';

/** A process of this machine that belongs to a data folder. */
export interface OwnedProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  readonly home: string | undefined;
}

/**
 * The processes that run in a data folder or its work folder, or that have it in their command or environment: the platform, its engine, builds,
 * apps. Needs Linux's /proc.
 */
export function processesOf(dataDir: string): OwnedProcess[] {
  return processesNaming(dataDir, workFolder(dataDir));
}

/** The processes that run in a folder, or whose command or environment names it. */
export function processesNaming(...folders: readonly string[]): OwnedProcess[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid)
    .flatMap((pid) => read(pid, folders) ?? []);
}

/**
 * Processes without the platform above them; any port of theirs is orphaned too. The platform's launcher is between, and is in no folder of the
 * platform's.
 */
export function orphansOf(owned: readonly OwnedProcess[], platform: number): OwnedProcess[] {
  const isBelow = (pid: number): boolean => pid === platform || (pid > 1 && isBelow(parentOf(pid)));
  return owned.filter(({ pid }) => !isBelow(pid));
}

/** 0 when the process is gone. */
function parentOf(pid: number): number {
  try {
    return Number(statOf(pid)[1]);
  } catch {
    return 0;
  }
}

/** Fields of /proc/<pid>/stat from the state on. */
function statOf(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** The beginning of the uid of the pod that owns a process. */
export function podOf({ home }: OwnedProcess, dataDir: string): string | undefined {
  const prefix = `${join(workFolder(dataDir), PARTS.homes)}/`;
  return home?.startsWith(prefix) ? home.slice(prefix.length).split('/')[0] : undefined;
}

/** A process that ends while it is read does not count. */
function read(pid: number, folders: readonly string[]): OwnedProcess | undefined {
  try {
    const folder = readlinkSync(`/proc/${pid}/cwd`);
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    const belongs = folders.some(
      (each) =>
        `${folder}/`.startsWith(`${each}/`) ||
        command.includes(each) ||
        variables.some((variable) => variable.includes(each)),
    );
    const [state, parent] = statOf(pid);
    if (!belongs || state === 'Z') return undefined;
    const home = variables.find((variable) => variable.startsWith('HOME='))?.slice('HOME='.length);
    return { pid, parent: Number(parent), command, home };
  } catch {
    return undefined;
  }
}
