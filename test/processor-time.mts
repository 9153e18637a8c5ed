import { readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second. */
const TICK_MS = 10;

/**
 * The processor time of a process, of those that it has started and of theirs, in milliseconds; 0 where there is no such process. Those that
 * ended count where their parent outlived them. Source: proc_pid_stat(5), fields `utime` to `cstime`.
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

/** Those that the first thread has started: no other thread of ours starts processes, and a platform has a hundred of them. */
function childrenOf(pid: number | string): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean);
}
