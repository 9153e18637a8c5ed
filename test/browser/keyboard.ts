import type { Locator, Page } from 'playwright-core';

/** The most presses of Tab. No page has more elements before the wanted one. */
const MOST_TABS = 80;

/** Goes to an element by the key Tab. Throws if Tab does not reach it. */
export async function reach(page: Page, wanted: Locator): Promise<void> {
  await wanted.waitFor();
  for (let tabs = 0; tabs < MOST_TABS; tabs += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`The key Tab does not lead to ${wanted}`);
}

/** Presses a button or follows a link, by the keyboard. */
export async function press(page: Page, wanted: Locator): Promise<void> {
  await reach(page, wanted);
  await page.keyboard.press('Enter');
}

export async function type(page: Page, field: Locator, text: string): Promise<void> {
  await reach(page, field);
  await page.keyboard.type(text);
}
