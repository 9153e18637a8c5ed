import { readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second. */
const TICK_MS = 10;

/**
 * The processor time of a process and all its descendants, in milliseconds; 0 if the process does not exist. Ended descendants count if their parent
 * outlived them.
 * Source: proc_pid_stat(5), fields `utime` to `cstime`.
 */
export function processorMsOf(pid: number | string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const own = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * TICK_MS, 0);
    return childrenOf(pid).reduce((sum, child) => sum + processorMsOf(child), own);
  } catch {
    return 0;
  }
}

/** Only the first thread's children: no other thread of ours starts processes, and a platform has a hundred threads. */
function childrenOf(pid: number | string): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean);
}
