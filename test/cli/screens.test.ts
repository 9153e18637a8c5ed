import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { InstanceHealth } from '@gantry/contract/schemas/health.ts';
import { afterAll, describe, expect, it } from '@jest/globals';
import { type FarSide, startFarSide } from './far-side.ts';
import { ID, run, signIn } from './in-process.ts';

/** Some minutes ago, with half a minute to spare. */
const minutesAgo = (minutes: number) => new Date(Date.now() - (minutes + 0.5) * 60_000).toISOString();
/** An id that ends so. */
const idEnding = (end: string) => `dpl_${ID.slice(0, -end.length)}${end}`;

const COMMIT = { id: '5b1b3f6f2c1f6f0c1d2e3a4b5c6d7e8f90a1b2c3', message: 'Show the price', author: 'Ada' };
const PUSH = { kind: 'github', repository: 'acme/shop', branch: 'main', commit: COMMIT } as const;
const UPLOAD = { kind: 'upload', uploadId: `upl_${ID}` } as const;
const SKIPPED = { kind: 'Conflict', step: 'prepare', detail: 'The message of the commit says [skip ci].', lines: [] };

/** How each deployment differs from the contract's example, newest first. */
const DEPLOYMENTS = [
  { id: idEnding('AAAAA1'), status: 'skipped', source: PUSH, createdBy: null, reason: SKIPPED, canRollBack: false },
  { id: idEnding('BBBBB1'), status: 'live', source: UPLOAD, reason: null, canRollBack: false },
  { id: idEnding('CCCCC1'), status: 'removed', source: UPLOAD, reason: null, canRollBack: true },
  { id: idEnding('DDDDD1'), status: 'removed', source: UPLOAD, reason: null, canRollBack: false },
  { id: idEnding('EDDDD1'), status: 'rolled_back', source: UPLOAD, canRollBack: true },
];

function crashing(health: InstanceHealth): InstanceHealth {
  const lastExit = { replica: 'rel-1', code: 1, reason: 'exited' as const, at: minutesAgo(2) };
  return {
    ...health,
    state: 'crashing',
    since: minutesAgo(7),
    running: 1,
    wanted: 2,
    restarts: 4,
    lastExit,
    lastRun: null,
    stopped: null,
  };
}

/** A service that crashes, after a push that was skipped. */
function troubled(reply: unknown, operation: string): unknown {
  if (operation === 'deployments.health') return crashing(reply as InstanceHealth);
  if (operation === 'services.get') return { ...(reply as object), schedule: null };
  if (operation !== 'deployments.list') return reply;
  const [example] = (reply as { items: Deployment[] }).items;
  const times = { createdAt: minutesAgo(3), queuedAt: minutesAgo(3), finishedAt: minutesAgo(3) };
  return { items: DEPLOYMENTS.map((deployment) => ({ ...example, ...times, ...deployment })), next: null };
}

describe("the command's view of a service", () => {
  const root = mkdtempSync(join(tmpdir(), 'gantry-screens-'));
  const farSides: FarSide[] = [];

  afterAll(() => {
    for (const farSide of farSides) farSide.stop();
    rmSync(root, { recursive: true, force: true });
  });

  async function shown(args: string) {
    const farSide = await startFarSide(() => undefined, troubled);
    farSides.push(farSide);
    const folder = mkdtempSync(join(root, 'run-'));
    signIn(folder, farSide, 'gty_tok_x');
    const { stdout, stderr } = await run(args.split(' '), folder);
    return { stdout: stdout.replace(farSide.url, '<gantry>').split('\n'), stderr };
  }

  it('shows in `status` the running and wanted replicas, restarts, the last exit and why a push was skipped', async () => {
    const { exitCode } = process;
    expect((await shown('status')).stdout).toEqual([
      'Team         shop',
      'Project      shop',
      'Service      web, web',
      'Environment  production',
      'Gantry       <gantry>',
      'Source       github acme/shop, branch main',
      'Scale        1, small',
      'Live         BBBBB1, 3 minutes ago, by ada@example.com',
      'Address      https://web-production-shop.apps.example.com',
      'Health       crashing, 1 of 2 running, 4 restarts, began 7 minutes ago',
      '             The app exits again and again, last with code 1.',
      'Last exit    code 1, exited, 2 minutes ago',
      'Newest       AAAAA1, 3 minutes ago, by push by Ada, skipped: The message of the commit says [skip ci].',
      '',
    ]);
    expect(process.exitCode).toBe(11);
    process.exitCode = exitCode;
  });

  it('marks in `deployments` the releases to roll back to and the skipped pushes, with the reason', async () => {
    expect((await shown('deployments')).stdout).toEqual([
      'DEPLOYMENT  STATUS                              WHEN           TOOK   WHO              WHAT',
      'AAAAA1      skipped                             3 minutes ago  0.0 s  push by Ada      main 5b1b3f6 Show the price · The message of the commit says [skip ci].',
      'BBBBB1      live                                3 minutes ago  0.0 s  ada@example.com  upload',
      'CCCCC1      can be rolled back to               3 minutes ago  0.0 s  ada@example.com  upload',
      'DDDDD1      removed                             3 minutes ago  0.0 s  ada@example.com  upload',
      'EDDDD1      rolled back, can be rolled back to  3 minutes ago  0.0 s  ada@example.com  upload',
      '',
    ]);
  });

  it('shows for one deployment its steps, and the file and rule behind each part of its image', async () => {
    const { stdout } = await shown('deployments BBBBB1');
    expect(stdout[0]).toBe(`${idEnding('BBBBB1')}: live, upload`);
    expect(stdout).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^STEP +STATUS +TOOK$/),
        expect.stringMatching(/^PART +VALUE +FROM$/),
        expect.stringMatching(/^provider +npm run start +package\.json > scripts > start$/),
      ]),
    );
    expect(stdout.join('\n')).toMatch(/^ +\(in place of node \.\)$/m);
    expect(stdout).toContain('Note: there is no package-lock.json, so that each install may bring other versions.');
  });

  it("marks Gantry's own lines in `logs`", async () => {
    expect((await shown('logs')).stdout).toEqual([
      '2026-11-20T09:50:00.000Z DEBUG text',
      '2026-11-20T09:50:00.000Z Gantry: listening on 8080',
      '',
    ]);
  });

  it('refuses the end of a deployment id that is ambiguous or too short', async () => {
    expect((await shown('cancel dddd1')).stderr).toBe(
      'Error: More than one deployment ends with dddd1. Give more of its id.\n',
    );
    expect((await shown('cancel d1')).stderr).toBe(
      'Error: There is no deployment d1 here. See `gantry deployments`.\n',
    );
  });
});
