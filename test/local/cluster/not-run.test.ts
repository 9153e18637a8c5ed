import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { NOT_RUN } from './not-run.ts';
import { KUBECONFIG } from './real.ts';

describe('the suites that need the embedded cluster', () => {
  it('exist', () => {
    const files = readdirSync(import.meta.dirname);
    expect(Object.keys(NOT_RUN).filter((file) => !files.includes(file))).toEqual([]);
  });

  if (KUBECONFIG !== undefined) {
    for (const [file, why] of Object.entries(NOT_RUN)) it.skip(`${file} (not run: ${why})`, () => undefined);
  }
});
