import { archiveOf } from '@gantry/local/example/archive.ts';
import { follow, upload } from '@gantry/local/example/deploy.ts';
import { expect } from '@jest/globals';
import { newService, type Platform } from '../journeys/platform.ts';
import { patience } from '../patience.ts';
import { until } from '../until.ts';
import { expectAccessible } from './axe.ts';
import { inBrowser } from './browser.ts';
import { expectFits } from './fits.ts';
import { signInAtDashboard } from './signed-in.ts';

export function itRollsBackWithData(at: () => Platform): void {
  inBrowser(
    'rolls back with the earlier data: restores it next to the present data, and exchanges both after a confirmation',
    async ({ page }) => {
      const client = await at().client();
      const target = await newService(client, 'undo', { path: '/healthz', timeoutSeconds: 60 });
      const { teamId, projectId, environmentId, serviceId } = target;
      const params = { teamId, projectId, environmentId };
      await client('databases.create', { params, body: { slug: 'orders', engine: 'postgres' } });
      const databases = async () => (await client('databases.list', { params })).items;
      const { id: present } = await until(
        'the database',
        async () => (await databases()).find(({ status }) => status === 'ready'),
        patience(60_000),
      );
      await client('variables.set', {
        params: { teamId, projectId },
        query: { environmentId, serviceId },
        body: { set: { DATABASE_URL: { value: `\${{orders.DATABASE_URL}}` } } },
      });
      for (let time = 0; time < 2; time += 1) {
        const { id } = await upload(client, target, await archiveOf('examples/hello-node'));
        await follow(client, target, id, undefined, patience(60_000));
      }

      await signInAtDashboard(page, at(), '/teams/team/projects/undo/production/web');
      await page.getByRole('button', { name: 'Roll back' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Also return to the earlier data').check();
      await expectAccessible(page);
      await expectFits(page);
      await dialog.getByRole('button', { name: 'Restore the data' }).click();
      const restored = dialog.getByText(/^orders-\d{10}: /);
      await restored.waitFor();
      // The restore continues while nobody watches.
      await page.reload();
      await page.getByRole('button', { name: 'Roll back' }).click();
      await dialog.getByLabel('Also return to the earlier data').check();
      await dialog.getByText(/^orders-\d{10}: Ready$/).waitFor({ timeout: patience(90_000) });
      const confirm = dialog.getByRole('button', { name: 'Roll back with data' });
      expect(await confirm.isDisabled()).toBe(true);
      await dialog.getByLabel('Type orders to confirm').fill('orders');
      await expectAccessible(page);
      await confirm.click();
      await page.waitForURL(/\/deployments\/dpl_/);
      await until(
        'the exchange of the names',
        async () => (await databases()).some(({ slug, origin }) => slug === 'orders' && origin?.databaseId === present),
        patience(90_000),
      );
    },
    300_000,
  );
}
