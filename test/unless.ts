import { it } from '@jest/globals';

/** A test that runs unless this machine cannot run it. The end of the suite then prints the reason. */
export function unless(why: string | undefined): (title: string, run: () => Promise<void>, timeoutMs?: number) => void {
  return why === undefined ? it : (title) => it.todo(`${title}: not run: ${why}`);
}
