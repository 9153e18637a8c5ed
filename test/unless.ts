import { it } from '@jest/globals';

/** A test that runs unless there is a reason why it cannot on this machine, which the suite's end then tells. */
export function unless(why: string | undefined): (title: string, run: () => Promise<void>, timeoutMs?: number) => void {
  return why === undefined ? it : (title) => it.todo(`${title}: not run: ${why}`);
}
