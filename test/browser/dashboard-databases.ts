import { expect } from '@jest/globals';
import { newService, type Platform } from '../journeys/platform.ts';
import { patience } from '../patience.ts';
import { expectAccessible } from './axe.ts';
import { inBrowser } from './browser.ts';
import { expectFits } from './fits.ts';
import { signInAtDashboard } from './signed-in.ts';

const ENVIRONMENT = '/teams/team/projects/ledger/production';

export function itManagesDatabases(at: () => Platform): void {
  inBrowser(
    'creates a database, shows how to use it without a password and who does, and deletes it behind its name',
    async ({ page, expectErrors }) => {
      const client = await at().client();
      const { teamId, projectId, environmentId, serviceId } = await newService(client, 'ledger');
      await signInAtDashboard(page, at(), `${ENVIRONMENT}/-/databases`);
      await page.getByRole('heading', { name: 'No database yet' }).waitFor();
      await expectAccessible(page);
      await page.getByRole('button', { name: 'New database' }).click();
      await page.getByLabel('Name').fill('Orders of the <b>shop</b>');
      await page.getByText(`\${{orders-of-the-b-shop-b.DATABASE_URL}}`).waitFor();
      await page.getByLabel('Name').fill('Orders');
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Create database' }).click();
      await page.waitForURL(/\/-\/databases\/orders$/);
      const main = page.getByRole('main');
      await main.getByText('Ready', { exact: true }).waitFor({ timeout: patience(60_000) });
      expect(await page.title()).toMatch(/^Ready · Orders/);
      await main.getByText('PostgreSQL 18').waitFor();
      await main.getByText('gantry db connect orders').waitFor();
      await main.getByText(`\${{orders.PASSWORD}}`).waitFor();
      await main.getByText('No variable refers to it yet.').waitFor();
      expect(await page.content()).not.toContain('sslmode');
      await expectAccessible(page);
      await expectFits(page);

      await page.goto(`${at().endpoints.api}${ENVIRONMENT}/web/variables`);
      await page.getByRole('button', { name: 'Add variable' }).click();
      await page.getByLabel('Name').fill('DATABASE_URL');
      await page.getByLabel('Insert a reference').selectOption('orders.DATABASE_URL');
      await page.getByRole('button', { name: 'Apply at once' }).click();
      await page.getByText('The changes are applied.').waitFor();
      await page.goto(`${at().endpoints.api}${ENVIRONMENT}/-/databases`);
      await main.getByRole('link', { name: /Orders/ }).click();
      await main.getByRole('link', { name: 'web', exact: true }).waitFor();
      await main.getByText('DATABASE_URL', { exact: true }).waitFor();
      await page.getByRole('link', { name: 'Overview', exact: true }).click();
      const map = page.getByRole('region', { name: 'Map of the environment' });
      await map.getByText('web uses orders').waitFor({ state: 'attached' });
      await expectAccessible(page);
      await expectFits(page);

      expectErrors(/status of 409/);
      await map.getByRole('link', { name: 'Orders' }).click();
      await page.getByRole('button', { name: 'Delete database' }).click();
      const dialog = page.getByRole('dialog');
      const confirm = dialog.getByRole('button', { name: 'Delete database' });
      expect(await confirm.isDisabled()).toBe(true);
      await dialog.getByLabel('Type orders to confirm').fill('orders');
      await confirm.click();
      await dialog.getByText('Variables refer to database orders: DATABASE_URL.').waitFor();
      await expectAccessible(page);
      await client('variables.set', {
        params: { teamId, projectId },
        query: { environmentId, serviceId },
        body: { unset: ['DATABASE_URL'] },
      });
      await confirm.click();
      await page.getByRole('heading', { name: 'Databases', exact: true }).waitFor();
      await page.getByRole('heading', { name: 'No database yet' }).waitFor({ timeout: patience(60_000) });
    },
    180_000,
  );
}
