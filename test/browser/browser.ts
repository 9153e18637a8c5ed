import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { patience } from '../patience.ts';
import { unless } from '../unless.ts';
import { launchChromium, noChromium } from './chromium.ts';

/** The time limit of each wait in a page, in milliseconds. */
const WAIT_MS = 15_000;

const screenshots = join(import.meta.dirname, '../../.cache/screenshots');

let browser: Browser | undefined;

/** Starts one Chromium for the tests of this file. */
export function useBrowser(): void {
  beforeAll(async () => {
    if (noChromium === undefined) browser = await launchChromium();
  }, patience(90_000));
  afterAll(() => browser?.close());
}

/** A person with their own browser, cookies and storage. */
export interface Person {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Expects an error on the console. */
  expectErrors(pattern: RegExp): void;
}

/**
 * A test of one person at a browser. An error in a page or on its console fails the test. A failed test leaves a picture of each page under
 * `.cache/screenshots`.
 */
export function inBrowser(title: string, run: (person: Person) => Promise<void>, timeoutMs = 60_000): void {
  const test = async () => {
    if (browser === undefined) throw new Error('useBrowser() must be called at the top of the file');
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en' });
    context.setDefaultTimeout(patience(WAIT_MS));
    const expected: RegExp[] = [];
    const errors: string[] = [];
    const notice = (page: Page, text: string) => errors.push(`${text} (at ${page.url()})`);
    context.on('page', (page) => page.on('pageerror', (error) => notice(page, error.message)));
    context.on('console', (message) => {
      const page = message.page();
      if (message.type() === 'error' && page !== null) notice(page, message.text());
    });
    try {
      await run({ page: await context.newPage(), context, expectErrors: (pattern) => expected.push(pattern) });
      const unexpected = errors.filter((text) => !expected.some((pattern) => pattern.test(text)));
      if (unexpected.length > 0) throw new Error(`The browser's console has errors:\n${unexpected.join('\n')}`);
    } catch (error) {
      const pictures = await photograph(context, title);
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
      throw new Error(`${what}\nPictures of the pages: ${pictures.join(', ')}`);
    } finally {
      await context.close();
    }
  };
  unless(noChromium)(title, test, patience(timeoutMs));
}

async function photograph(context: BrowserContext, title: string): Promise<string[]> {
  mkdirSync(screenshots, { recursive: true });
  const name = title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const paths = context.pages().map((page, index) => ({ page, path: join(screenshots, `${name}-${index + 1}.png`) }));
  // A page that hangs must not cause a second failure.
  await Promise.allSettled(
    paths.map(({ page, path }) => page.screenshot({ path, fullPage: true, timeout: patience(5_000) })),
  );
  return paths.map(({ path }) => path);
}
