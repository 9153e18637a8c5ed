import type { Page } from 'playwright-core';
import { answering, developer } from '../../journeys/developer.ts';
import { newService } from '../../journeys/platform.ts';
import type { Figure } from '../figures.ts';
import type { Bed } from '../platform.ts';

/** An app that serves, and exits two seconds after each start. */
const DYING = answering('for now', 'setTimeout(() => process.exit(1), 2000);');
const PATIENCE_MS = 60_000;

/** The time from the deployment of an app that crashes repeatedly until its page reports the crash. */
export async function crashOnPage(bed: Bed, page: Page): Promise<readonly Figure[]> {
  const target = await newService(bed.client, 'bench-crash');
  await page.goto(`${bed.endpoints.api}/teams/team/projects/bench-crash/production/web`);
  await page.getByText('Live', { exact: true }).first().waitFor();
  const { finishedAt } = await developer(bed.client).deploy(target, DYING);
  await page.getByText('Crashing', { exact: true }).waitFor({ timeout: PATIENCE_MS });
  const value = (Date.now() - Date.parse(finishedAt ?? '')) / 1000;
  const detail = 'from live, which is before the first crash, until the page says Crashing';
  return [{ name: 'crash loop to the page', value, unit: 's', aim: 10, detail }];
}
