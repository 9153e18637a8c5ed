import type { Page } from 'playwright-core';
import type { Platform } from '../journeys/platform.ts';

/** Signs the first owner in at the dashboard, from the page that is asked for. */
export async function signInAtDashboard(
  page: Page,
  { endpoints }: Pick<Platform, 'endpoints'>,
  path = '/',
): Promise<void> {
  await page.goto(`${endpoints.api}${path}`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('E-mail').fill(endpoints.owner.email);
  await page.getByLabel('Password').fill(endpoints.owner.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
