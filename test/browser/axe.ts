import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** WCAG 2.2 AA, and axe's good practices: https://github.com/dequelabs/axe-core/blob/develop/doc/API.md#axe-core-tags */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

interface Axe {
  run(options: { readonly runOnly: string[] }): Promise<{
    readonly violations: readonly {
      readonly id: string;
      readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[];
    }[];
  }>;
}

interface Finding {
  readonly rule: string;
  readonly at: string;
  readonly why: string;
}

/** Expects that axe finds nothing on the page in its present state. */
export async function expectAccessible(page: Page): Promise<void> {
  // The debugger evaluates this expression, and the content security policy does not apply to it.
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(source);
  const findings = await page.evaluate(async (tags) => {
    const { axe } = window as unknown as { readonly axe: Axe };
    const { violations } = await axe.run({ runOnly: [...tags] });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary = '' }) => ({ rule: id, at: String(target[0]), why: failureSummary })),
    );
  }, TAGS);
  expect({ page: page.url(), findings }).toEqual({ page: page.url(), findings: [] satisfies Finding[] });
}
