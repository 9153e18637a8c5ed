import type { Client } from '@gantry/client/client.ts';
import { archiveOf } from '@gantry/local/example/archive.ts';
import { type Target, upload } from '@gantry/local/example/deploy.ts';
import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Platform } from '../journeys/platform.ts';
import { patience } from '../patience.ts';
import { expectAccessible } from './axe.ts';
import { inBrowser } from './browser.ts';

const APP = 'test/fixtures/apps/node-plain';

/** Signs the first owner in at the dashboard, from the page that is asked for. */
export async function signInAtDashboard(page: Page, { endpoints }: Platform, path = '/'): Promise<void> {
  await page.goto(`${endpoints.api}${path}`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('E-mail').fill(endpoints.owner.email);
  await page.getByLabel('Password').fill(endpoints.owner.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name }).first();

export function itServesTheDashboard(at: () => Platform): void {
  inBrowser(
    'signs somebody in at the page that they asked for, keeps no token in reach, and signs out in all tabs',
    async ({ page, context }) => {
      await signInAtDashboard(page, at(), '/?from=mail');
      await heading(page, 'Overview').waitFor();
      await page.getByText('Live', { exact: true }).waitFor();
      expect(new URL(page.url()).search).toBe('?from=mail');

      const kept = await page.evaluate(() =>
        JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
      );
      expect(kept).not.toMatch(/eyJ|verifier|token/i);
      const cookies = await context.cookies(`${at().endpoints.api}/v1/browser-session`);
      const cookie = { path: '/v1/browser-session', httpOnly: true, secure: true, sameSite: 'Strict' };
      expect(cookies.filter(({ name }) => name === '__Secure-gantry-session')).toMatchObject([cookie]);

      const renewals: string[] = [];
      const other = await context.newPage();
      other.on('request', (request) => {
        if (request.url().endsWith('/browser-session/refresh')) renewals.push(request.url());
      });
      await other.goto(at().endpoints.api);
      await heading(other, 'Overview').waitFor();
      expect(renewals).toEqual([]);
      await other.close();

      await page.reload();
      await heading(page, 'Overview').waitFor();
      const third = await context.newPage();
      await third.goto(at().endpoints.api);
      await heading(third, 'Overview').waitFor();
      await page.getByRole('button', { name: /^Account of/ }).click();
      await page.getByRole('menuitem', { name: 'Sign out' }).click();
      await Promise.all([page, third].map((each) => each.getByRole('button', { name: 'Sign in' }).waitFor()));
      await expectAccessible(page);
    },
  );

  inBrowser(
    'leads from an empty team to a live URL, step by step as it happens',
    async ({ page }) => {
      const { endpoints } = at();
      const client = await at().client();
      await signInAtDashboard(page, at());
      await page.getByRole('button', { name: 'New project' }).first().click();
      await page.getByLabel('Name').fill('Web shop');
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Create project' }).click();
      await heading(page, 'No service yet').waitFor();
      await expectAccessible(page);
      await page.getByRole('button', { name: 'New service' }).click();
      await page.getByLabel('Name').fill('Front');
      await page.getByRole('button', { name: 'Create service' }).click();
      await heading(page, 'Nothing is live yet').waitFor();
      expect(page.url()).toBe(`${endpoints.api}/teams/team/projects/web-shop/production/front`);
      expect(await page.title()).toBe('Front · production · Gantry');

      await page.getByRole('link', { name: 'Deployments' }).click();
      await heading(page, 'Never deployed').waitFor();
      await expectAccessible(page);
      const { id } = await upload(client, await targetOf(client, 'web-shop'), await archiveOf(APP));
      await page.getByRole('link', { name: new RegExp(id.slice(-6)) }).click();
      await page
        .getByRole('list', { name: 'Steps' })
        .getByText('Verify')
        .waitFor({ timeout: patience(60_000) });
      await page
        .getByText('Live', { exact: true })
        .nth(1)
        .waitFor({ timeout: patience(60_000) });
      expect(await page.title()).toContain('Live');
      await expectAccessible(page);

      await page.getByRole('link', { name: 'Overview', exact: true }).click();
      await page.getByText('Healthy').waitFor();
      await page.getByRole('link', { name: /front-production-web-shop\.localhost/ }).waitFor();
      await expectAccessible(page);
      await page.getByRole('link', { name: 'Logs' }).click();
      await page
        .getByRole('log')
        .getByText(/listening|started|serving/i)
        .first()
        .waitFor();
      await expectAccessible(page);
      await page.goto(endpoints.api);
      await page.getByRole('link', { name: /Web shop/ }).click();
      await page.getByRole('link', { name: 'Front', exact: true }).waitFor();
      await page.getByText('Healthy').waitFor();
      await expectAccessible(page);
    },
    180_000,
  );
}

/** The one service of a project of the first owner's team, in production. */
async function targetOf(client: Client, project: string): Promise<Target> {
  const { teams } = await client('session.get', {});
  const teamId = teams[0]?.team.id ?? '';
  const { items: projects } = await client('projects.list', { params: { teamId } });
  const projectId = projects.find(({ slug }) => slug === project)?.id ?? '';
  const params = { teamId, projectId };
  const [services, environments] = await Promise.all([
    client('services.list', { params }),
    client('environments.list', { params }),
  ]);
  return { ...params, serviceId: services.items[0]?.id ?? '', environmentId: environments.items[0]?.id ?? '' };
}
