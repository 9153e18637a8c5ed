import type { Locator, Page } from 'playwright-core';

/** More elements than any page has before the one that is wanted. */
const MOST_TABS = 80;

/** Goes to an element as somebody without a mouse does. Throws where the key Tab does not lead to it. */
async function reach(page: Page, wanted: Locator): Promise<void> {
  await wanted.waitFor();
  for (let tabs = 0; tabs < MOST_TABS; tabs += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`The key Tab does not lead to ${wanted}`);
}

/** Presses a button, or follows a link. */
export async function press(page: Page, wanted: Locator): Promise<void> {
  await reach(page, wanted);
  await page.keyboard.press('Enter');
}

export async function type(page: Page, field: Locator, text: string): Promise<void> {
  await reach(page, field);
  await page.keyboard.type(text);
}
