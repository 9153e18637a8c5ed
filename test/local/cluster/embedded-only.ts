import { it } from '@jest/globals';
import { KUBECONFIG } from './real.ts';

/** `it` for what only the embedded cluster can show: against a real one it is reported as not run, with the reason. */
export function embeddedOnly(why: string) {
  if (KUBECONFIG === undefined) return it;
  return (title: string, _test: () => unknown, _timeout?: number) =>
    it.skip(`${title} (not run: ${why})`, () => undefined);
}
