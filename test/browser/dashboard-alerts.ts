import { expect } from '@jest/globals';
import { newService, type Platform } from '../journeys/platform.ts';
import { startReceiver } from '../journeys/receiver.ts';
import { expectAccessible } from './axe.ts';
import { inBrowser } from './browser.ts';
import { signInAtDashboard } from './signed-in.ts';

export function itWatchesAnApp(at: () => Platform): void {
  inBrowser('creates, silences, changes and deletes alerts of a service', async ({ page }) => {
    await newService(await at().client(), 'watched');
    await signInAtDashboard(page, at(), '/teams/team/projects/watched/production/web/alerts');
    await page.getByRole('heading', { name: 'No alert yet' }).waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Add proposed alerts' }).click();
    await page.getByText('Error rate above 5 % over 5 minutes').waitFor();
    await page.getByText('Restarts above 2 restarts over 10 minutes').waitFor();
    expect(await page.getByRole('button', { name: 'Add proposed alerts' }).count()).toBe(0);

    await page.getByRole('button', { name: 'New alert' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Much memory');
    await dialog.getByLabel('Watches').selectOption('memory');
    await dialog.getByLabel('Fires above, in MB').fill('800');
    await dialog.getByText('Memory above 800 MB over 5 minutes.').waitFor();
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Create alert' }).click();
    await page.getByText('Alert Much memory is created.').waitFor();

    const act = async (action: string) => {
      await page.getByRole('button', { name: 'Actions on Much memory' }).click();
      await page.getByRole('menuitem', { name: action }).click();
    };
    await act('Silence for an hour');
    await page.getByText('silent until').waitFor();
    await act('End the silence');
    await page.getByText('Much memory is no longer silent.').waitFor();
    await act('Change rule');
    await dialog.getByLabel('Over').selectOption('10');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Memory above 800 MB over 10 minutes').waitFor();
    await page.getByRole('button', { name: 'History' }).last().click();
    await page.getByText('Its state has never changed.').waitFor();
    await expectAccessible(page);
    await act('Delete');
    await dialog.getByRole('button', { name: 'Delete alert' }).click();
    await page.getByText('Much memory is deleted.').waitFor();
  });

  inBrowser('makes a channel, shows its secret once, and says how a test message went', async ({ page }) => {
    const receiver = await startReceiver();
    try {
      await signInAtDashboard(page, at(), '/teams/team/notifications');
      await page.getByRole('heading', { name: 'No channel yet' }).waitFor();
      await expectAccessible(page);
      await page.getByRole('button', { name: 'New channel' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Name').fill('On call');
      await dialog.getByLabel('Kind').selectOption('webhook');
      await dialog.getByLabel('Address').fill(receiver.url);
      await expectAccessible(page);
      await dialog.getByRole('button', { name: 'Create channel' }).click();
      await dialog.getByText(/^whsec_/).waitFor();
      await dialog.getByRole('button', { name: 'I have copied it' }).click();
      expect(await page.content()).not.toMatch(/whsec_|very-secret/);
      await page.getByRole('button', { name: 'Send test' }).click();
      await page.getByText('On call got the test message.').waitFor();
      await page.getByText('A test of channel On call').waitFor();
      await expectAccessible(page);
      expect(receiver.requests).toHaveLength(1);
      await page.getByRole('button', { name: 'Send again' }).click();
      await page.getByText('The message is sent again.').waitFor();
      await page.getByRole('button', { name: 'Actions on On call' }).click();
      await page.getByRole('menuitem', { name: 'Delete' }).click();
      await dialog.getByRole('button', { name: 'Delete channel' }).click();
      await page.getByText('On call is deleted.').waitFor();
    } finally {
      receiver.stop();
    }
  });
}
