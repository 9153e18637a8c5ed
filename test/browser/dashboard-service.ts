import { archiveOf } from '@gantry/local/example/archive.ts';
import { follow, upload } from '@gantry/local/example/deploy.ts';
import { expect } from '@jest/globals';
import { newService, type Platform } from '../journeys/platform.ts';
import { patience } from '../patience.ts';
import { expectAccessible } from './axe.ts';
import { inBrowser } from './browser.ts';
import { signInAtDashboard } from './signed-in.ts';

const APP = 'examples/hello-node';
const SERVICE = '/teams/team/projects/hall/production/web';
const releases = new WeakMap<Platform, Promise<string>>();

/** Makes a service with a live release, once for each platform. Returns the id of its deployment. */
function deployed(platform: Platform): Promise<string> {
  const known = releases.get(platform) ?? deploy(platform);
  releases.set(platform, known);
  return known;
}

async function deploy(platform: Platform): Promise<string> {
  const client = await platform.client();
  const target = await newService(client, 'hall', { path: '/healthz', timeoutSeconds: 60 });
  const { id } = await upload(client, target, await archiveOf(APP));
  const { status, reason } = await follow(client, target, id);
  expect({ status, reason }).toEqual({ status: 'live', reason: null });
  return id;
}

export function itChangesAService(at: () => Platform): void {
  inBrowser(
    'changes variables by a diff, shows the effect of a rollback, and rolls back in two clicks',
    async ({ page }) => {
      const client = await at().client();
      const first = await deployed(at());
      await signInAtDashboard(page, at(), `${SERVICE}/variables`);
      await page.getByRole('heading', { name: 'No variable yet' }).waitFor();
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Add variable' }).click();
      await page.getByLabel('Name').fill('LOG_LEVEL');
      await page.getByLabel('Value').fill('debug');
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Stage the change' }).click();
      await page.getByRole('heading', { name: 'Staged: 1 change' }).waitFor();
      await page.getByRole('button', { name: 'Edit as text' }).click();
      await page.getByRole('textbox', { name: 'Variables' }).fill('GREETING="<b>hello</b> \\u202e"\n');
      await page.getByRole('button', { name: 'Stage the differences' }).click();
      await page.getByRole('heading', { name: 'Staged: 2 changes' }).waitFor();
      await page.getByText('<b>hello</b>').waitFor();
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Apply 2 changes and deploy' }).click();
      await page.getByRole('heading', { name: /^Staged/ }).waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Show LOG_LEVEL' }).click();
      await page.getByText('debug', { exact: true }).waitFor();
      await page.getByRole('heading', { name: 'History' }).waitFor();
      await expectAccessible(page);

      await page.getByRole('link', { name: 'Overview', exact: true }).click();
      await page.getByRole('button', { name: 'Roll back' }).click({ timeout: patience(60_000) });
      const dialog = page.getByRole('dialog');
      await dialog.getByText('as they were: GREETING, LOG_LEVEL changed since').waitFor();
      await expectAccessible(page);
      await dialog.getByRole('button', { name: 'Roll back' }).click();
      await page.waitForURL(/\/deployments\/dpl_/);
      await page.getByRole('heading', { name: 'Rollback' }).waitFor();
      await page
        .getByText('Live', { exact: true })
        .nth(1)
        .waitFor({ timeout: patience(60_000) });
      await expectAccessible(page);
      const { teams } = await client('session.get', {});
      const { items } = await client('audit.list', {
        params: { teamId: teams[0]?.team.id ?? '' },
        query: { event: 'deployment.queued' },
      });
      expect(items.length).toBeGreaterThanOrEqual(3);

      await page.goto(new URL(`${SERVICE}/deployments/${first}`, page.url()).href);
      await page.getByRole('heading', { name: 'Plan' }).waitFor();
      await page.getByText('from package.json > scripts > start').waitFor();
      await expectAccessible(page);
    },
    180_000,
  );

  inBrowser(
    'shows an error of a setting at its field, and saves only changed settings',
    async ({ page, expectErrors }) => {
      expectErrors(/status of 400/);
      await deployed(at());
      await signInAtDashboard(page, at(), `${SERVICE}/settings`);
      const health = page.locator('form', { hasText: 'Time limit in seconds' });
      await health.getByLabel('Time limit in seconds').fill('2');
      await health.getByRole('button', { name: 'Save' }).click();
      await health.getByText('Time limit in seconds must be at least 5.').waitFor();
      await expectAccessible(page);
      await health.getByLabel('Time limit in seconds').fill('50');
      await health.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Saved. It applies from the next deployment.').waitFor();
      await page.reload();
      expect(await page.getByLabel('Time limit in seconds').inputValue()).toBe('50');
    },
  );

  inBrowser('filters a log by its address, and expands a line to all its fields', async ({ page }) => {
    await deployed(at());
    await signInAtDashboard(page, at(), `${SERVICE}/logs?text=healthz`);
    const log = page.getByRole('log', { name: 'Log of the service' });
    await log.getByText('GET /healthz').first().waitFor();
    expect(await page.getByLabel('Search').inputValue()).toBe('healthz');
    await log.getByRole('button', { name: 'All fields of this line' }).first().click();
    await log.getByText('"path": "/healthz"').first().waitFor();
    await expectAccessible(page);
    await page.getByLabel('Search').fill('no line has this');
    await page.getByText('No line matches.').waitFor();
    expect(new URL(page.url()).searchParams.get('text')).toBe('no line has this');
  });
}
