import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';

/** From a phone to a wide screen, in CSS pixels. */
const WIDTHS = [360, 768, 1280, 1920];

/** Expects, at each width, that the page does not scroll sideways and that no text leaves its box. */
export async function expectFits(page: Page): Promise<void> {
  const before = page.viewportSize();
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    const found = await page.evaluate(() => {
      const scrolls = (element: Element | null): boolean =>
        element !== null && (/auto|scroll/.test(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
      const leaves = [...document.querySelectorAll('header *, main *, [role=dialog] *')].filter((element) => {
        const { right, width: shown } = element.getBoundingClientRect();
        return shown > 0 && element.childElementCount === 0 && right > innerWidth + 1 && !scrolls(element);
      });
      const spills = [...document.querySelectorAll<HTMLElement>('main :is(h1, h2, p, span, dd, button, a)')].filter(
        (element) =>
          element.clientWidth > 0 &&
          element.scrollWidth > element.clientWidth + 1 &&
          getComputedStyle(element).overflowX === 'visible' &&
          getComputedStyle(element).display !== 'inline' &&
          !element.classList.contains('sr-only'),
      );
      const overhangs = [...document.querySelectorAll('main article *')].filter((element) => {
        const box = element.closest('article')?.getBoundingClientRect();
        const { right, width: shown } = element.getBoundingClientRect();
        return (
          box !== undefined && shown > 0 && right > box.right - 1 && getComputedStyle(element).position === 'static'
        );
      });
      return {
        overhanging: overhangs.map((element) => (element.textContent ?? '').slice(0, 60)),
        sideways: document.documentElement.scrollWidth > innerWidth,
        outside: leaves.map((element) => (element.textContent ?? '').slice(0, 60)),
        spilling: spills.map((element) => (element.textContent ?? '').slice(0, 60)),
      };
    });
    expect({ url: page.url(), width, ...found }).toEqual({
      url: page.url(),
      width,
      overhanging: [],
      sideways: false,
      outside: [],
      spilling: [],
    });
  }
  if (before !== null) await page.setViewportSize(before);
}
