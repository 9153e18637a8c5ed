import { newId } from '@gantry/contract/ids.ts';
import { ServiceEntity } from '@gantry/core/records/projects.ts';
import type { Page } from 'playwright-core';
import { recordsOf } from '../../api/world.ts';
import { newService, visit } from '../../journeys/platform.ts';
import type { Figure } from '../figures.ts';
import { type Bed, newApp } from '../platform.ts';

/** A thousand lines a second, for longer than the count of frames. */
const PRINT = { lines: 8_000, everyMs: 5, atOnce: 5 } as const;
const SECONDS = 5;
const SERVICES = 200;

/** The frame rate of the worst second while the dashboard follows a log with a thousand lines a second. */
export async function framesOfLogs(bed: Bed, page: Page): Promise<readonly Figure[]> {
  const app = await newApp(bed.client, 'bench-page');
  await app.deploy('one');
  await page.goto(`${bed.endpoints.api}/teams/team/projects/bench-page/production/web/logs`);
  const log = page.getByRole('log');
  await visit(app.url(), '/print?lines=1&everyMs=0&atOnce=1');
  await log
    .getByText(/^at \d+/)
    .first()
    .waitFor();
  await visit(app.url(), `/print?lines=${PRINT.lines}&everyMs=${PRINT.everyMs}&atOnce=${PRINT.atOnce}`);
  await page.waitForTimeout(500);
  const value = Math.min(...(await framesBySecond(page, false)));
  const name = 'frames while a log gets 1,000 lines a second';
  return [{ name, value, unit: 'a second', least: 50, detail: `the worst of ${SECONDS} seconds` }];
}

/** The frame rate while a user scrolls a page of 200 services. The quota is 50: the records are written directly to the table. */
export async function framesOfMap(bed: Bed, page: Page): Promise<readonly Figure[]> {
  const { teamId, projectId, serviceId } = await newService(bed.client, 'bench-map');
  const found = await bed.client('services.get', {
    params: { teamId, projectId, serviceId },
  });
  const { kind, source, rootFolder, build, runtime, release, health, scaling, createdAt, version } = found;
  const same = {
    teamId,
    projectId,
    kind,
    source,
    rootFolder,
    build,
    runtime,
    release,
    health,
    scaling,
    createdAt,
    version,
  };
  const records = recordsOf(bed.endpoints);
  for (let at = 1; at < SERVICES; at += 1) {
    const own = { id: newId('service'), slug: `service-${at}`, name: `Service ${at}` };
    await records.put(ServiceEntity.create({ ...same, ...own }));
  }
  const plain = meanOf(await framesOfPlainPage(page));
  await page.goto(`${bed.endpoints.api}/teams/team/projects/bench-map/production`);
  await page.getByRole('heading', { name: `Service ${SERVICES - 1}`, exact: true }).waitFor();
  const value = meanOf(await framesBySecond(page, true));
  const name = 'frames while a page of 200 services scrolls';
  const detail = `the mean of ${SECONDS} seconds; a page without script reached ${plain}`;
  return [{ name, value, unit: 'a second', least: 60, detail }];
}

const meanOf = (counts: readonly number[]): number =>
  Math.round(counts.reduce((sum, count) => sum + count, 0) / counts.length);

/**
 * The possible frame rate of the machine under its present load: a page of the same height scrolls, with boxes and no
 * script.
 */
async function framesOfPlainPage(page: Page): Promise<readonly number[]> {
  const box = '<div style="height:128px;margin:16px;border:1px solid">A service</div>';
  await page.goto('about:blank');
  await page.setContent(box.repeat(SERVICES / 3));
  return framesBySecond(page, true);
}

/** Counts the frames of each second. */
function framesBySecond(page: Page, scrolls: boolean): Promise<readonly number[]> {
  return page.evaluate(
    ([seconds, moves]) =>
      new Promise<readonly number[]>((resolve) => {
        const counts = Array.from({ length: Number(seconds) }, () => 0);
        const began = performance.now();
        const frame = (now: number) => {
          const second = Math.floor((now - began) / 1000);
          if (second >= counts.length) return resolve(counts);
          counts[Math.max(0, second)] = (counts[Math.max(0, second)] ?? 0) + 1;
          const height = document.documentElement.scrollHeight - innerHeight;
          if (moves) scrollTo(0, (height * (1 - Math.cos((now - began) / 500))) / 2);
          requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
      }),
    [SECONDS, scrolls] as const,
  );
}
