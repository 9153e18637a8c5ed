import { afterAll, expect } from '@jest/globals';
import { type Platform, visit } from '../journeys/platform.ts';
import { patience } from '../patience.ts';
import { until } from '../until.ts';
import { expectAccessible } from './axe.ts';
import { inBrowser } from './browser.ts';
import { type LiveApp, linesOf, makeLiveApp, STREAM } from './live-app.ts';
import { signInAtDashboard } from './signed-in.ts';

/** A thousand lines a second, for three seconds. */
const FLOOD = { lines: 3_000, everyMs: 5, atOnce: 5 } as const;

export function itStaysLive(at: () => Platform): void {
  let made: Promise<LiveApp> | undefined;
  /** The first test that needs the app makes it, because earlier tests need an empty team. */
  const liveApp = () => {
    made ??= makeLiveApp(at());
    return made;
  };
  afterAll(async () => (await made)?.github.stop(), patience(30_000));

  inBrowser(
    'shows a push to GitHub at once, and each step of its deployment until it is live',
    async ({ page }) => {
      const app = await liveApp();
      await signInAtDashboard(page, at(), `${STREAM}/deployments`);
      await page.getByRole('heading', { name: 'Never deployed' }).waitFor();
      await page.getByText('Live', { exact: true }).waitFor();
      await app.push('<b>pushed</b>', 'Sell <script>alert(1)</script> \u202eapples');
      await page.getByRole('link', { name: /Sell <script>/ }).click();
      await page.getByRole('heading', { name: 'On its way' }).waitFor();
      await page.getByRole('link', { name: /^Open / }).waitFor({ timeout: patience(90_000) });
      expect(await page.title()).toMatch(/^Live/);
      expect(await page.locator('link[rel=icon]').getAttribute('href')).toBe('/favicon-good.svg');
      const url = (await page.getByRole('link', { name: /^Open / }).getAttribute('href')) ?? '';
      expect((await visit(url)).body).toBe('<b>pushed</b>');
      await expectAccessible(page);
    },
    150_000,
  );

  inBrowser(
    'says that the connection is lost, and has every change and every line when it is back',
    async ({ page, context, expectErrors }) => {
      expectErrors(/ERR_INTERNET_DISCONNECTED/);
      const app = await liveApp();
      await app.print(5);
      await signInAtDashboard(page, at(), `${STREAM}/logs`);
      await page.getByRole('log').getByText('line 5.').waitFor();
      const state = page.getByRole('banner').getByRole('status');
      await state.getByText('Live', { exact: true }).waitFor();
      await context.setOffline(true);
      await state.getByText('Offline').waitFor();
      await expectAccessible(page);
      const client = await at().client();
      const { environmentId: _, ...params } = app.target;
      await client('services.update', { params, body: { name: 'Renamed meanwhile' } });
      await app.print(40);
      await until('the page shows the lines', async () => {
        const { lines } = await client('logs.app', { params: app.target, query: { text: 'line 45.' } });
        return lines.length === 1;
      });
      expect(await page.getByText('Renamed meanwhile').count()).toBe(0);
      await context.setOffline(false);
      await state.getByText('Live', { exact: true }).waitFor();
      await page.getByRole('link', { name: 'Renamed meanwhile' }).waitFor();
      await page.getByRole('log').getByText('line 45.').waitFor();
      await app.print(5);
      await page.getByRole('log').getByText('line 50.').waitFor();
      expect(await linesOf(page)).toEqual(numbers(50));
    },
    150_000,
  );

  inBrowser(
    'stays usable while an app prints a thousand lines a second, and has each of them',
    async ({ page }) => {
      const app = await liveApp();
      await app.print(0);
      await signInAtDashboard(page, at(), `${STREAM}/logs`);
      const log = page.getByRole('log');
      await page
        .getByText(/Nothing was printed yet|line \d/)
        .first()
        .waitFor();
      const before = (await page.getByText('Nothing was printed yet').isVisible()) ? 0 : (await linesOf(page)).length;
      await app.print(FLOOD.lines, FLOOD.everyMs, FLOOD.atOnce);
      await page.getByLabel('Search').fill(`line ${before + 17}.`);
      await log.getByText(`line ${before + 17}.`).waitFor();
      await page.getByLabel('Search').fill('');
      await log.getByText(`line ${before + FLOOD.lines}.`).waitFor({ timeout: patience(60_000) });
      expect(await linesOf(page)).toEqual(numbers(before + FLOOD.lines));
      await expectAccessible(page);
    },
    150_000,
  );
}

const numbers = (last: number) => Array.from({ length: last }, (_each, index) => index + 1);
