import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import type { Platform } from '../journeys/platform.ts';

/** Signs the first owner in at the dashboard, starting at a path. */
export async function signInAtDashboard(
  page: Page,
  { endpoints }: Pick<Platform, 'endpoints'>,
  path = '/',
): Promise<void> {
  await page.goto(`${endpoints.api}${path}`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await fillInSignIn(page, endpoints.owner.email, endpoints.owner.password);
}

export async function fillInSignIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Chooses a password on the page for users with a temporary one. */
export async function choosePassword(page: Page, password: string): Promise<void> {
  await page.getByLabel('New password').fill(password);
  await page.getByRole('button').click();
}

/** The temporary password that Cognito mails to an invited user. */
export function temporaryPassword({ dataDir }: Pick<Platform, 'dataDir'>, email: string): string {
  const passwords: unknown = JSON.parse(readFileSync(join(dataDir, 'owner.json'), 'utf8'));
  return z.record(z.string(), z.string()).parse(passwords)[email] ?? '';
}
