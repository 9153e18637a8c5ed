import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchChromium } from '../../browser/chromium.ts';
import { signInAtDashboard } from '../../browser/signed-in.ts';
import type { Figure, Topic } from '../figures.ts';
import type { Bed } from '../platform.ts';
import { crashOnPage } from './dashboard-crash.ts';
import { framesOfLogs, framesOfMap } from './dashboard-frames.ts';
import { arrivalOfPushes } from './dashboard-pushes.ts';
import { scriptSizes } from './dashboard-sizes.ts';
import { interactions, largestPaint } from './dashboard-vitals.ts';

/** The size, the speed and the smoothness of the dashboard, in Chromium without a graphics card. */
export const dashboard = (bed: Bed): Topic => ({
  name: 'dashboard',
  async measure() {
    const browser = await launchChromium();
    try {
      return [
        ...scriptSizes(),
        ...(await inPage(browser, bed, (page, context) => largestPaint(page, context))),
        ...(await inPage(browser, bed, (page, context) => interactions(page, context))),
        ...(await inPage(browser, bed, (page) => framesOfLogs(bed, page))),
        ...(await inPage(browser, bed, (page) => framesOfMap(bed, page))),
        ...(await inPage(browser, bed, (page) => arrivalOfPushes(bed, page))),
        ...(await inPage(browser, bed, (page) => crashOnPage(bed, page))),
      ];
    } finally {
      await browser.close();
    }
  },
});

/** A signed-in user with an empty browser cache. */
async function inPage(
  browser: Browser,
  bed: Bed,
  measure: (page: Page, context: BrowserContext) => Promise<readonly Figure[]>,
): Promise<readonly Figure[]> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en' });
  try {
    const page = await context.newPage();
    await signInAtDashboard(page, bed);
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    return await measure(page, context);
  } finally {
    await context.close();
  }
}
