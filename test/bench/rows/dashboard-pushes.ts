import { redirectUrls } from '@gantry/contract/redirect-urls.ts';
import type { Page } from 'playwright-core';
import { startGitHub } from '../../journeys/github.ts';
import { joinInstallation, registerAppOf } from '../../journeys/installation.ts';
import { newService } from '../../journeys/platform.ts';
import { type Figure, quantile } from '../figures.ts';
import type { Bed } from '../platform.ts';

const WARM_UP = 3;
const PUSHES = 40;
const REPOSITORY = 'acme/bench-rows';

/** The time from GitHub's signed webhook to the frame that shows its row. The pushes ask to be skipped: they have a row too, but no build. */
export async function arrivalOfPushes(bed: Bed, page: Page): Promise<readonly Figure[]> {
  const github = await startGitHub({ redirectUrls, webhooks: `${bed.endpoints.api}/webhooks/github` });
  try {
    await registerAppOf(bed.endpoints, github);
    await github.createRepository(REPOSITORY);
    await joinInstallation(bed.client, bed.teamId, github.install('acme').id);
    const source = { kind: 'github' as const, repository: REPOSITORY, branch: 'main', watchPaths: [] };
    await newService(bed.client, 'bench-rows', {}, source);
    await page.goto(`${bed.endpoints.api}/teams/team/projects/bench-rows/production/web/deployments`);
    await page.getByText('Live', { exact: true }).waitFor();
    const found: number[] = [];
    for (let at = 0; at < WARM_UP + PUSHES; at += 1) {
      const message = `Row ${at}.`;
      const lost = await github.push(
        REPOSITORY,
        'main',
        { 'a.txt': message },
        { message: `${message} [skip ci]`, secret: null },
      );
      const shown = whenShown(page, message);
      const began = performance.timeOrigin + performance.now();
      await github.send('push', lost.payload);
      const ms = (await shown) - began;
      if (at >= WARM_UP) found.push(ms);
    }
    const detail = `${PUSHES} pushes, from the webhook to the frame with the row`;
    return [
      { name: 'push to the row on the screen, median', value: quantile(found, 0.5), unit: 'ms', detail },
      { name: 'push to the row on the screen, p99', value: quantile(found, 0.99), unit: 'ms', aim: 250, detail },
    ];
  } finally {
    await github.stop();
  }
}

/** The time of the first frame that shows a text, in milliseconds since 1970. */
function whenShown(page: Page, text: string): Promise<number> {
  return page.evaluate(
    (wanted) =>
      new Promise<number>((resolve) => {
        const look = () => {
          if (document.querySelector('main')?.textContent?.includes(wanted) !== true)
            return requestAnimationFrame(look);
          return resolve(performance.timeOrigin + performance.now());
        };
        look();
      }),
    text,
  );
}
