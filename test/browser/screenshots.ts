import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { releaseIdOf } from '@gantry/contract/ids.ts';
import { archiveOf } from '@gantry/local/example/archive.ts';
import { follow, upload } from '@gantry/local/example/deploy.ts';
import type { Browser } from 'playwright-core';
import { giveHistory } from '../journeys/metric-history.ts';
import { newService, type Platform, removeData, startPlatform } from '../journeys/platform.ts';
import { until } from '../until.ts';
import { launchChromium } from './chromium.ts';
import { signInAtDashboard } from './signed-in.ts';

/**
 * Takes pictures of the dashboard's main views, in both themes, on a phone and on a desktop, from a platform with real data:
 * `npm run screenshots -- [folder] [view …]`, default `.cache/screenshots` and all views.
 */
const ENVIRONMENT = '/teams/team/projects/shop/production';
const SERVICE = `${ENVIRONMENT}/web`;
const VIEWS: Readonly<Record<string, readonly [path: string, heading: string]>> = {
  home: ['/', 'Overview'],
  project: [ENVIRONMENT, 'shop'],
  service: [SERVICE, 'web'],
  deployments: [`${SERVICE}/deployments`, 'Deployments'],
  compare: [`${SERVICE}/deployments/-/compare`, 'Compare deployments'],
  metrics: [`${SERVICE}/metrics`, 'Metrics'],
  week: [`${SERVICE}/metrics?range=7d`, 'Metrics'],
  table: [`${SERVICE}/metrics?as=table`, 'Metrics'],
  logs: [`${SERVICE}/logs`, 'Logs'],
  variables: [`${SERVICE}/variables`, 'Variables'],
  settings: [`${SERVICE}/settings`, 'Settings'],
  first: [`${ENVIRONMENT}/mail`, 'mail'],
  databases: [`${ENVIRONMENT}/-/databases`, 'Databases'],
  database: [`${ENVIRONMENT}/-/databases/orders`, 'Orders'],
  members: ['/teams/team/members', 'Members'],
  github: ['/teams/team/github', 'GitHub'],
  audit: ['/teams/team/audit', 'Audit log'],
};
const DEVICES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
/** The pause after a view's heading shows, in milliseconds: figures load, and the log scrolls to its end. */
const SETTLED_MS = 1_500;

/** Makes three services and a database with a backup. One service has three deployments, of which the second failed, and staged variables. */
async function seed(platform: Platform): Promise<void> {
  const client = await platform.client();
  const target = await newService(client, 'shop', { path: '/healthz', timeoutSeconds: 60 });
  const deploy = async (folder: string) => {
    const { id } = await upload(client, target, await archiveOf(folder));
    return releaseIdOf((await follow(client, target, id)).id);
  };
  const { teamId, projectId, environmentId, serviceId } = target;
  const params = { teamId, projectId };
  const inEnvironment = { params: { teamId, projectId, environmentId } };
  await client('databases.create', { ...inEnvironment, body: { slug: 'orders', name: 'Orders', engine: 'postgres' } });
  const { id: databaseId } = await until('the database is ready', async () => {
    const { items } = await client('databases.list', inEnvironment);
    return items.find(({ status }) => status === 'ready');
  });
  await client('backups.create', { params: { ...inEnvironment.params, databaseId } });
  const mail = await client('services.create', { params, body: { slug: 'mail', kind: 'worker' } });
  const report = { slug: 'report', kind: 'cron', schedule: '0 9 * * MON-FRI' } as const;
  const { id: reportId } = await client('services.create', { params, body: report });
  const refer = (service: string, name: string, value: string) =>
    client('variables.set', {
      params,
      query: { environmentId, serviceId: service },
      body: { set: { [name]: { value } } },
    });
  await refer(mail.id, 'QUEUE', 'mails');
  await refer(reportId, 'MAIL_QUEUE', `\${{mail.QUEUE}}`);
  const set = { params, query: { environmentId, serviceId } };
  await client('variables.set', {
    ...set,
    body: {
      set: {
        LOG_LEVEL: { value: 'info' },
        API_KEY: { value: 'k-1', sealed: true },
        MAIL_QUEUE: { value: `\${{mail.QUEUE}}` },
        DATABASE_URL: { value: `\${{orders.DATABASE_URL}}` },
      },
    },
  });
  const older = await deploy('examples/hello-node');
  await deploy('test/fixtures/apps/node-build-fails');
  const newer = await deploy('examples/hello-node');
  await giveHistory(platform.endpoints, target, [older, newer]);
  await client('variables.stage', { ...set, body: { set: { LOG_LEVEL: { value: 'debug' }, CACHE: { value: 'on' } } } });
}

async function shoot(browser: Browser, platform: Platform, folder: string): Promise<void> {
  for (const [device, viewport] of Object.entries(DEVICES))
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ viewport, colorScheme, locale: 'en' });
      const page = await context.newPage();
      await signInAtDashboard(page, platform);
      await page.getByRole('heading', { name: 'Overview' }).waitFor();
      for (const [view, [path, heading]] of chosen) {
        await page.goto(`${platform.endpoints.api}${path}`);
        await page.getByRole('heading', { name: heading, exact: true, level: 1 }).waitFor();
        await page.waitForTimeout(SETTLED_MS);
        await page.screenshot({ path: join(folder, `${view}-${device}-${colorScheme}.png`) });
        if (view !== 'deployments') continue;
        await page.getByRole('link', { name: /^Failed/ }).click();
        await page.getByRole('heading', { name: 'Why it ended' }).waitFor();
        await page.waitForTimeout(SETTLED_MS);
        await page.screenshot({ path: join(folder, `deployment-${device}-${colorScheme}.png`) });
      }
      await context.close();
    }
}

const [, , folder = '.cache/screenshots', ...wanted] = process.argv;
const chosen = Object.entries(VIEWS).filter(([view]) => wanted.length === 0 || wanted.includes(view));
mkdirSync(folder, { recursive: true });
const platform = await startPlatform();
const browser = await launchChromium();
try {
  await seed(platform);
  await shoot(browser, platform, folder);
  process.stdout.write(`The pictures are in ${folder}.\n`);
} finally {
  await browser.close();
  await platform.stop();
  removeData(platform.dataDir);
}
