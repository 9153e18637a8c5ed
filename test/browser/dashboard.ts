import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { type Platform, visit } from '../journeys/platform.ts';
import { patience } from '../patience.ts';
import { expectAccessible } from './axe.ts';
import { inBrowser } from './browser.ts';
import { expectFits } from './fits.ts';
import { press, type } from './keyboard.ts';
import { signInAtDashboard } from './signed-in.ts';

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name }).first();

export function itServesTheDashboard(at: () => Platform): void {
  inBrowser(
    'signs a user in and shows the requested page, keeps tokens out of reach of scripts, and signs out in all tabs',
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
    'leads from an empty team to a live URL, a deployment of a folder and a rollback, with only the keyboard',
    async ({ page }) => {
      const { endpoints } = at();
      await signInAtDashboard(page, at());
      const steps = page.getByRole('list', { name: 'To a live URL' });
      await steps.getByText('Create a project').waitFor();
      await expectAccessible(page);
      await press(page, page.getByRole('button', { name: 'New project' }));
      await type(page, page.getByLabel('Name'), 'Web shop');
      await expectAccessible(page);
      await page.keyboard.press('Enter');
      await heading(page, 'No service yet').waitFor();
      await expectAccessible(page);
      await press(page, page.getByRole('button', { name: 'New service' }));
      await page.getByLabel('Comes from').waitFor();
      await type(page, page.getByLabel('Name'), 'Front');
      await expectAccessible(page);
      await expectFits(page);
      await page.keyboard.press('Enter');
      await heading(page, 'Nothing is live yet').waitFor();
      expect(page.url()).toBe(`${endpoints.api}/teams/team/projects/web-shop/production/front`);
      expect(await page.title()).toBe('Front · production · Gantry');
      await page.getByRole('button', { name: 'Deploy an example app' }).waitFor();
      await expectAccessible(page);
      await expectFits(page);
      await press(page, page.getByRole('button', { name: 'Deploy an example app' }));
      await watchGoLive(page);
      const address = page.getByRole('link', { name: /^Open front-production-web-shop/ });
      const url = (await address.getAttribute('href')) ?? '';
      expect((await visit(url)).body).toContain('It works');

      await press(page, page.getByRole('link', { name: 'Overview', exact: true }));
      await page.getByText('Healthy').waitFor();
      await page.getByRole('link', { name: /front-production-web-shop\.localhost/ }).waitFor();
      expect(await page.title()).toBe('Healthy · Front · production · Gantry');
      expect(await page.locator('link[rel=icon]').getAttribute('href')).toBe('/favicon-good.svg');
      await expectAccessible(page);
      await press(page, page.getByRole('button', { name: 'Deploy', exact: true }));
      await page.getByLabel('Choose a folder').setInputFiles(ownFolder());
      await page.getByText('own-app').waitFor();
      await expectAccessible(page);
      await press(page, page.getByRole('dialog').getByRole('button', { name: 'Deploy' }));
      await page.getByText('Left out .env: secrets belong into variables.').waitFor();
      await watchGoLive(page);
      const names: unknown = JSON.parse((await visit(url)).body);
      expect(names).toEqual(expect.arrayContaining(['.gitignore', 'index.js', 'kept.log']));
      for (const name of ['.env', '.git', 'debug.log', 'made', 'left']) expect(names).not.toContain(name);

      await press(page, page.getByRole('link', { name: 'Logs' }));
      await page.getByRole('log').getByText('listening').first().waitFor();
      await expectAccessible(page);
      await press(page, page.getByRole('link', { name: 'Overview', exact: true }));
      await press(page, page.getByRole('button', { name: 'Roll back' }));
      await press(page, page.getByRole('dialog').getByRole('button', { name: 'Roll back' }));
      await heading(page, 'Rollback').waitFor();
      await page.getByRole('link', { name: /^Open / }).waitFor({ timeout: patience(60_000) });
      expect((await visit(url)).body).toContain('It works');
      await page.goto(endpoints.api);
      await page.getByRole('link', { name: /^Web shop/ }).click();
      await page.getByRole('link', { name: 'Front', exact: true }).waitFor();
      await page.getByText('Healthy').waitFor();
      await expectAccessible(page);
      await expectFits(page);
    },
    180_000,
  );
}

/** Waits until the shown deployment is live, and returns its steps. */
async function watchGoLive(page: Page): Promise<void> {
  await page
    .getByRole('list', { name: 'Steps' })
    .getByText('Verify')
    .waitFor({ timeout: patience(60_000) });
  await page.getByRole('link', { name: /^Open / }).waitFor({ timeout: patience(60_000) });
  expect(await page.title()).toContain('Live');
  await expectAccessible(page);
}

/** A folder with files that an upload leaves out. The app answers with the files that it got. */
function ownFolder(): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'gantry-browser-')), 'own-app');
  const files = {
    'package.json': JSON.stringify({ name: 'own', private: true, scripts: { start: 'node index.js' } }),
    'index.js': `const names = require('node:fs').readdirSync('.', { recursive: true }).map((path) => path.split('/').at(-1));
require('node:http').createServer((_, response) => response.end(JSON.stringify(names)))
  .listen(process.env.PORT, () => console.log('listening'));`,
    '.gitignore': '*.log\n/made/\n',
    '.gantryignore': '!kept.log\n',
    '.env': 'SECRET=1',
    'debug.log': '',
    'kept.log': '',
    'made/out.js': '',
    'node_modules/left/index.js': '',
    '.git/HEAD': 'ref: refs/heads/main',
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}
