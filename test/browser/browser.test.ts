import { afterAll, beforeAll, describe } from '@jest/globals';
import { type Bed, makeBed } from '../cli/command.ts';
import { type Platform, removeData, startPlatform } from '../journeys/platform.ts';
import { patience } from '../patience.ts';
import { useBrowser } from './browser.ts';
import { itServesTheDashboard } from './dashboard.ts';
import { itWatchesAnApp } from './dashboard-alerts.ts';
import { itManagesDatabases } from './dashboard-databases.ts';
import { itServesEveryPageAlike } from './dashboard-everywhere.ts';
import { itStaysLive } from './dashboard-live.ts';
import { itChartsMetrics } from './dashboard-metrics.ts';
import { itOpensOffline } from './dashboard-offline.ts';
import { itRollsBackWithData } from './dashboard-rollback.ts';
import { itChangesAService } from './dashboard-service.ts';
import { itManagesATeam } from './dashboard-team.ts';
import { itTellsAViewerNo } from './dashboard-viewer.ts';
import { itSignsIn } from './sign-in.ts';
import { itKeepsForeignPagesOut } from './strangers.ts';

let platform: Platform;
let bed: Bed;

useBrowser();

beforeAll(async () => {
  [platform, bed] = await Promise.all([startPlatform(), makeBed()]);
}, patience(90_000));

afterAll(async () => {
  await platform?.stop();
  if (platform) removeData(platform.dataDir);
  bed?.remove();
}, patience(30_000));

describe('in a browser, the local platform', () => {
  itSignsIn(() => ({ platform, bed }));
  itServesTheDashboard(() => platform);
  itOpensOffline(() => platform);
  itManagesATeam(() => platform);
  itChangesAService(() => platform);
  itManagesDatabases(() => platform);
  itChartsMetrics(() => platform);
  itRollsBackWithData(() => platform);
  itWatchesAnApp(() => platform);
  itStaysLive(() => platform);
  itServesEveryPageAlike(() => platform);
  itTellsAViewerNo(() => platform);
  itKeepsForeignPagesOut(() => platform);
});
