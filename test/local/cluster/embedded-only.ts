import { it } from '@jest/globals';
import { KUBECONFIG } from './real.ts';

/** `it` for tests that only the embedded cluster can run. Against a real cluster it reports them as not run, with the reason. */
export function embeddedOnly(why: string) {
  if (KUBECONFIG === undefined) return it;
  return (title: string, _test: () => unknown, _timeout?: number) =>
    it.skip(`${title} (not run: ${why})`, () => undefined);
}
