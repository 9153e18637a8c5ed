import { expect } from '@jest/globals';
import type { Platform } from '../journeys/platform.ts';
import { expectAccessible } from './axe.ts';
import { inBrowser } from './browser.ts';
import { signInAtDashboard } from './signed-in.ts';

export function itOpensOffline(at: () => Platform): void {
  inBrowser(
    'opens without a network and says so, caches no answer of the API, and continues when the network is back',
    async ({ page, context, expectErrors }) => {
      const { api } = at().endpoints;
      await signInAtDashboard(page, at());
      await page.getByRole('heading', { name: 'Overview' }).waitFor();
      await page.evaluate('navigator.serviceWorker.ready.then(() => true)');
      // The return from the sign-in crosses origins, now with the worker in between.
      await page.reload();
      await page.getByRole('button', { name: /^Account of/ }).click();
      await page.getByRole('menuitem', { name: 'Sign out' }).click();
      await page.getByRole('button', { name: 'Sign in' }).waitFor();
      await signInAtDashboard(page, at(), '/account');
      await page.getByRole('heading', { name: 'Account', exact: true }).waitFor();
      expect(await page.evaluate('navigator.serviceWorker.controller !== null')).toBe(true);
      const kept = await page.evaluate(async () => {
        const requests = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
        return requests.flat().map(({ url }) => new URL(url).pathname);
      });
      expect(kept).toContain('/index.html');
      expect(
        kept.filter((path) => !/^\/(index\.html|favicon\.svg|assets\/\S+-\S+\.(js|css|woff2))$/.test(path)),
      ).toEqual([]);
      await page.goto(`${api}/docs`);
      await page.getByRole('heading', { name: 'Gantry API' }).waitFor();

      expectErrors(/ERR_INTERNET_DISCONNECTED|Failed to fetch/);
      await context.setOffline(true);
      await page.goto(`${api}/teams/team`);
      await page.getByRole('heading', { name: 'You are offline' }).waitFor();
      await expectAccessible(page);
      expect(await page.evaluate("fetch('/v1/health').then(() => 'answered', () => 'refused')")).toBe('refused');
      // In a page of its own: the browser's error page would interrupt the next navigation of this one.
      const reference = await context.newPage();
      await expect(reference.goto(`${api}/docs`)).rejects.toThrow('ERR_INTERNET_DISCONNECTED');
      await reference.close();
      await context.setOffline(false);
      await page.getByRole('heading', { name: 'Projects' }).waitFor();
    },
    90_000,
  );

  inBrowser('lets a browser cache files with a hash in their name, and no others', async ({ page }) => {
    const { api } = at().endpoints;
    const cacheOf = async (path: string) => (await page.request.get(`${api}${path}`)).headers()['cache-control'];
    const entry = await (await page.request.get(api)).text();
    const script = /src="(\/assets\/[^"]+)"/.exec(entry)?.[1] ?? '';
    expect(await cacheOf(script)).toBe('public, max-age=31536000, immutable');
    expect(await Promise.all(['/', '/worker.js', '/favicon.svg'].map(cacheOf))).toEqual(Array(3).fill('no-cache'));
  });
}
