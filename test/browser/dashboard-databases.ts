import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { newService, type Platform } from '../journeys/platform.ts';
import { patience } from '../patience.ts';
import { expectAccessible } from './axe.ts';
import { inBrowser } from './browser.ts';
import { expectFits } from './fits.ts';
import { signInAtDashboard } from './signed-in.ts';

const ENVIRONMENT = '/teams/team/projects/ledger/production';

export function itManagesDatabases(at: () => Platform): void {
  inBrowser(
    'creates a database, shows references without a password, copies and changes the database, and deletes it after typing its name',
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
      await main.getByText('No variable refers to this database yet.').waitFor();
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

      await map.getByRole('link', { name: 'Orders' }).click();
      await copies(page);
      await changes(page);

      expectErrors(/status of 409/);
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
      const left = page.getByRole('listitem').filter({ hasText: /orders ·.*Made by the deletion/ });
      await left.getByText('Ready', { exact: true }).waitFor({ timeout: patience(60_000) });
      await expectAccessible(page);
      await expectFits(page);
      await left.getByRole('button', { name: 'Delete' }).click();
      await dialog.getByLabel('Type orders to confirm').fill('orders');
      await dialog.getByRole('button', { name: 'Delete' }).click();
      await left.waitFor({ state: 'detached', timeout: patience(60_000) });
    },
    240_000,
  );
}

/** Makes a backup on the page of database Orders, restores it, and clones Orders. The copies become ready while the test continues. */
async function copies(page: Page): Promise<void> {
  const main = page.getByRole('main');
  const dialog = page.getByRole('dialog');
  await main.getByText(/Any moment can be restored, from .* to .*/).waitFor();
  await main.getByText('No backup yet.').waitFor();
  await page.getByRole('button', { name: 'Back up now' }).click();
  const backup = main.getByRole('listitem').filter({ hasText: /Asked for, PostgreSQL 18, \d+ GB/ });
  await backup.getByText('Ready', { exact: true }).waitFor({ timeout: patience(60_000) });
  await expectAccessible(page);
  await expectFits(page);

  await page.getByRole('button', { name: 'Restore a moment' }).click();
  expect(await dialog.getByLabel('Moment').inputValue()).toMatch(/^\d{4}-\d\d-\d\dT/);
  await dialog.getByText('Orders stays as it is and keeps serving.').waitFor();
  await expectAccessible(page);
  await page.keyboard.press('Escape');

  await backup.getByRole('button', { name: 'Restore' }).click();
  await dialog.getByText('The backup stays, and so does Orders as it is.').waitFor();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Restore' }).click();
  await page.waitForURL(/\/-\/databases\/orders-restored$/);
  await main.getByText(/^Backup \w+ of Orders$/).waitFor();

  await toOrders(page);
  await page.getByRole('button', { name: 'Clone' }).click();
  await dialog.getByText('Later writes to one do not reach the other.').waitFor();
  await dialog.getByText(`\${{orders-clone.DATABASE_URL}}`).waitFor();
  await dialog.getByRole('button', { name: 'Clone' }).click();
  await page.waitForURL(/\/-\/databases\/orders-clone$/);
  await main.getByText('Clone of Orders').waitFor();
}

/** Rotates and scales Orders from the page of a copy, while both copies become ready. */
async function changes(page: Page): Promise<void> {
  const main = page.getByRole('main');
  const dialog = page.getByRole('dialog');
  await toOrders(page);
  const rotate = page.getByRole('button', { name: 'Rotate password' });
  await rotate.click();
  await dialog.getByText(/^web\. Only live ones/).waitFor();
  await dialog.getByText(/^app_a stays valid until the next rotation/).waitFor();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Rotate password' }).click();
  await main.getByText(/^As app_b, with TLS/).waitFor({ timeout: patience(60_000) });

  await page.getByRole('button', { name: 'Scale', disabled: false }).click();
  await dialog.getByLabel('Size').selectOption('small');
  await dialog.getByLabel('Days to keep each moment').fill('3');
  await dialog.getByText('Moments older than 3 days can no longer be restored.').waitFor();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Scale' }).click();
  await main.getByText('Small', { exact: true }).waitFor({ timeout: patience(60_000) });
  await main.getByText('Each is kept for 3 days.').waitFor();

  await page.getByRole('link', { name: 'Databases', exact: true }).click();
  for (const name of ['Orders', 'Orders restored', 'Orders clone']) {
    const row = main.getByRole('link', { name: new RegExp(`^Ready\\s*${name}\\s*PostgreSQL`) });
    await row.waitFor({ timeout: patience(60_000) });
  }
  await main.getByRole('link', { name: /^Ready\s*Orders\s*PostgreSQL/ }).click();
  await rotate.waitFor();
}

async function toOrders(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Databases', exact: true }).click();
  await page
    .getByRole('main')
    .getByRole('link', { name: /Orders\s*PostgreSQL/ })
    .click();
  await page.getByRole('button', { name: 'Clone' }).waitFor();
}
