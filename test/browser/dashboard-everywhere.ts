import { expect } from '@jest/globals';
import { newService, type Platform } from '../journeys/platform.ts';
import { expectAccessible } from './axe.ts';
import { inBrowser } from './browser.ts';
import { expectFits } from './fits.ts';
import { signInAtDashboard } from './signed-in.ts';

export function itServesEveryPageAlike(at: () => Platform): void {
  inBrowser(
    'fits each page from a phone to a wide screen, in both themes',
    async ({ page }) => {
      const name = 'a-name-as-long-as-any-may-be-x';
      await newService(await at().client(), name);
      await page.emulateMedia({ colorScheme: 'dark' });
      await signInAtDashboard(page, at());
      await page.getByRole('heading', { name: 'Overview' }).waitFor();
      const project = `/teams/team/projects/${name}/production`;
      const pages: readonly (readonly [path: string, heading: string])[] = [
        ['/', 'Overview'],
        ['/account', 'Account'],
        ['/teams/team', 'Projects'],
        ['/teams/team/members', 'Members'],
        ['/teams/team/tokens', 'API tokens'],
        ['/teams/team/github', 'GitHub'],
        ['/teams/team/notifications', 'Notifications'],
        ['/teams/team/audit', 'Audit log'],
        ['/teams/team/settings', 'Settings'],
        [project, name],
        [`${project}/-/databases`, 'Databases'],
        [`${project}/-/settings`, 'Settings'],
        [`${project}/web`, 'web'],
        [`${project}/web/alerts`, 'Alerts'],
        [`${project}/web/deployments`, 'Deployments'],
        [`${project}/web/deployments/-/compare`, 'Compare deployments'],
        [`${project}/web/metrics`, 'Metrics'],
        [`${project}/web/logs`, 'Logs'],
        [`${project}/web/variables`, 'Variables'],
        [`${project}/web/settings`, 'Settings'],
      ];
      for (const [path, heading] of pages) {
        await page.goto(`${at().endpoints.api}${path}`);
        await page.getByRole('heading', { name: heading, exact: true, level: 1 }).waitFor();
        await expectFits(page);
        await expectAccessible(page);
      }
    },
    120_000,
  );

  inBrowser('goes to any page with only the keyboard, and lists its shortcuts', async ({ page }) => {
    await newService(await at().client(), 'keys');
    await signInAtDashboard(page, at());
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.keyboard.press('Control+k');
    const box = page.getByRole('combobox', { name: 'Page or action' });
    await box.waitFor();
    await expectAccessible(page);
    await page.keyboard.type('keys project');
    await page.getByRole('option', { name: /keys/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/projects\/keys\/production$/);
    await page.keyboard.press('/');
    await page.keyboard.type('variables web');
    await page.getByRole('option', { name: /Variables/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Variables', exact: true }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  inBrowser('draws a line between services if one refers to the other', async ({ page }) => {
    const client = await at().client();
    const { teamId, projectId, environmentId, serviceId } = await newService(client, 'map');
    const params = { teamId, projectId };
    await client('services.create', { params, body: { slug: 'api' } });
    const value = `https://\${{api.GANTRY_PUBLIC_DOMAIN}}`;
    await client('variables.set', {
      params,
      query: { environmentId, serviceId },
      body: { set: { API_URL: { value } } },
    });
    await signInAtDashboard(page, at(), '/teams/team/projects/map');
    const map = page.getByRole('region', { name: 'Map of the environment' });
    await map.getByText('web uses api').waitFor({ state: 'attached' });
    const [web, api] = await Promise.all(
      ['web', 'api'].map((name) => map.getByRole('heading', { name, exact: true }).boundingBox()),
    );
    expect(web?.x ?? 0).toBeLessThan(api?.x ?? 0);
    await expectAccessible(page);
    await expectFits(page);
  });
}
