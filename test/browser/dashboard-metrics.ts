import { releaseIdOf } from '@gantry/contract/ids.ts';
import { archiveOf } from '@gantry/local/example/archive.ts';
import { follow, upload } from '@gantry/local/example/deploy.ts';
import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { giveHistory } from '../journeys/metric-history.ts';
import { newService, type Platform } from '../journeys/platform.ts';
import { patience } from '../patience.ts';
import { expectAccessible } from './axe.ts';
import { inBrowser } from './browser.ts';
import { expectFits } from './fits.ts';
import { reach } from './keyboard.ts';
import { signInAtDashboard } from './signed-in.ts';

const SERVICE = '/teams/team/projects/pulse/production/web';

export function itChartsMetrics(at: () => Platform): void {
  inBrowser(
    'shows measurements as charts that the arrow keys read out, and as a table, for any range and release',
    async ({ page }) => {
      const client = await at().client();
      const target = await newService(client, 'pulse', { path: '/healthz', timeoutSeconds: 60 });
      await signInAtDashboard(page, at(), SERVICE);
      await page.getByRole('link', { name: 'Metrics', exact: true }).click();
      await page.getByRole('heading', { name: 'Nothing was measured in this time' }).waitFor();
      await expectAccessible(page);
      const deploy = async () => {
        const { id } = await upload(client, target, await archiveOf('examples/hello-node'));
        return releaseIdOf((await follow(client, target, id, undefined, patience(60_000))).id);
      };
      const [older, newer] = [await deploy(), await deploy()];
      await giveHistory(at().endpoints, target, [older, newer]);

      await chart(page, 'Requests').waitFor();
      await page.getByRole('heading', { name: 'Deployments in this time' }).waitFor();
      for (const name of ['Error rate', 'Latency', 'CPU', 'Memory', 'Replicas']) await chart(page, name).waitFor();
      await expectAccessible(page);
      await expectFits(page);
      await reach(page, chart(page, 'Latency'));
      const text = () => chart(page, 'Latency').getAttribute('aria-valuetext');
      const newest = await text();
      expect(newest).toMatch(/\d\d:\d\d: p50 [\d.]+ ms, p95 [\d.]+ ms, p99 [\d.]+ ms/);
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.keyboard.press('Home');
      expect(await text()).not.toBe(newest);
      await page.keyboard.press('ArrowRight');
      expect(await chart(page, 'Latency').getAttribute('aria-valuenow')).toBe('1');
      await expectAccessible(page);

      await page.getByRole('button', { name: '24h' }).click();
      await page.getByRole('button', { name: '24h', pressed: true }).waitFor();
      await page.getByLabel('Release', { exact: true }).selectOption('each');
      await page.getByText(older.slice(-6), { exact: true }).first().waitFor();
      await page.getByRole('button', { name: 'Table' }).click();
      const table = page.getByRole('table', { name: 'Values by time' });
      await table.getByRole('columnheader', { name: 'Release' }).waitFor();
      await page.getByLabel('Release', { exact: true }).selectOption(older);
      await table.getByRole('columnheader', { name: 'Release' }).waitFor({ state: 'detached' });
      expect(await table.getByRole('row').count()).toBeGreaterThan(200);
      await expectAccessible(page);
      await expectFits(page);
      const { searchParams } = new URL(page.url());
      expect(Object.fromEntries(searchParams)).toEqual({ range: '24h', release: older, as: 'table' });
      await page.reload();
      await table.waitFor();
    },
    180_000,
  );
}

const chart = (page: Page, name: string) => page.getByRole('slider', { name: `${name}, by time` });
