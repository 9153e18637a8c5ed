import { expect } from '@jest/globals';
import { newService, type Platform } from '../journeys/platform.ts';
import { expectAccessible } from './axe.ts';
import { inBrowser } from './browser.ts';
import { signInAtDashboard } from './signed-in.ts';

export function itManagesATeam(at: () => Platform): void {
  inBrowser('sends an invitation, creates and revokes a token, and finds both in the audit log', async ({ page }) => {
    await signInAtDashboard(page, at(), '/teams/team/members');
    await page.getByRole('button', { name: 'Invite' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('E-mail').fill('grace@example.com');
    await dialog.getByLabel('Role').selectOption('viewer');
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Invite' }).click();
    await page.getByText('grace@example.com is invited.').waitFor();
    await page.getByRole('heading', { name: 'Invited' }).waitFor();
    await expectAccessible(page);

    await page.getByRole('link', { name: 'API tokens' }).click();
    await page.getByRole('button', { name: 'New token' }).first().click();
    await dialog.getByLabel('Name').fill('CI of the shop');
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Create token' }).click();
    await dialog.getByText(/^gty_/).waitFor();
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'I have copied it' }).click();
    await page.getByText('CI of the shop').waitFor();
    expect(await page.content()).not.toMatch(/gty_/);
    await page.getByRole('button', { name: 'Revoke' }).first().click();
    await page.getByText('Token CI of the shop is revoked.').waitFor();
    await expectAccessible(page);

    await page.getByRole('link', { name: 'Audit log' }).click();
    await page.getByLabel('What').selectOption('token.revoked');
    await page.getByText('token.revoked', { exact: true }).nth(1).waitFor();
    expect(new URL(page.url()).searchParams.get('event')).toBe('token.revoked');
    expect(await page.getByText('invitation.created', { exact: true }).count()).toBe(1);
    await expectAccessible(page);
  });

  inBrowser('shows the settings of a team and of an account, and creates an environment', async ({ page }) => {
    await newService(await at().client(), 'stage');
    await signInAtDashboard(page, at(), '/teams/team/settings');
    await page.getByRole('button', { name: 'Leave team' }).waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'GitHub' }).click();
    await page.getByRole('heading', { name: 'No account yet' }).waitFor();
    await expectAccessible(page);
    await page.goto(`${at().endpoints.api}/account`);
    await page.getByRole('button', { name: 'Sign out everywhere' }).waitFor();
    await expectAccessible(page);
    await page.goto(`${at().endpoints.api}/teams/team/projects/stage/production/-/settings`);
    await page.getByRole('button', { name: 'New environment' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Staging');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Create environment' }).click();
    await page.waitForURL(/\/projects\/stage\/staging$/);
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('heading', { name: 'Environment Staging' }).waitFor();
    await expectAccessible(page);
  });
}
