import { join } from 'node:path';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { Client } from '@gantry/client/client.ts';
import { archiveOf } from '@gantry/local/example/archive.ts';
import { follow, upload } from '@gantry/local/example/deploy.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { podOf, processesOf } from '../faults/processes.ts';
import { patience } from '../patience.ts';
import { until } from '../until.ts';
import { freePort, newDataDir, newService, type Platform, removeData, startPlatform, visit } from './platform.ts';

const fixtures = join(import.meta.dirname, '../fixtures/apps');
const WRITES = 200;
const KILL_AFTER = 60;
/** On a slow machine all writes at once would wait for each other until the gateway gives up. */
const CALLERS = 16;

describe('after kill -9', () => {
  let platform: Platform;
  let port: number;
  const dataDir = newDataDir();

  async function restart(): Promise<void> {
    platform = await startPlatform({ dataDir, port });
  }

  beforeAll(async () => {
    port = await freePort();
    await restart();
  }, 90_000);

  afterAll(async () => {
    await platform?.stop();
    removeData(dataDir);
  }, 30_000);

  async function allProjects(client: Client, teamId: string): Promise<string[]> {
    const slugs: string[] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: '100', ...(cursor !== undefined && { cursor }) };
      const page = await client('projects.list', { params: { teamId }, query });
      slugs.push(...page.items.map((project) => project.slug));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return slugs;
  }

  /** The names of all executions of the deploy machine, repeated ones included. */
  async function executions(): Promise<string[]> {
    const { aws, region, credentials, outputs } = platform.endpoints;
    const stateMachineArn = outputs['gantry-local-workflows']?.['DeployMachine'];
    const states = new SFNClient({ endpoint: aws, region, credentials });
    const names: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await states.send(new ListExecutionsCommand({ stateMachineArn, nextToken }));
      names.push(...(page.executions ?? []).map((execution) => execution.name ?? ''));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return names;
  }

  it('during 200 writes, every acknowledged write exists, and its event took effect once', async () => {
    const client = await platform.client();
    const target = await newService(client, 'busy', { timeoutSeconds: 20 });
    const { source } = await upload(client, target, await archiveOf(join(fixtures, 'static-site')));
    const uploadId = source.kind === 'upload' ? source.uploadId : '';
    const slugs = Array.from({ length: (WRITES * 4) / 5 }, (_, index) => `p-${index}`);
    const projects: string[] = [];
    const deployments: string[] = [];
    const acknowledge = (list: string[], value: string) => {
      list.push(value);
      if (projects.length + deployments.length === KILL_AFTER) void platform.kill();
    };
    const queue = [...slugs];
    const createProjects = async () => {
      for (let slug = queue.shift(); slug !== undefined; slug = queue.shift()) {
        await client('projects.create', { params: { teamId: target.teamId }, body: { slug } });
        acknowledge(projects, slug);
      }
    };
    const createDeployments = async () => {
      for (let count = 0; count < WRITES / 5; count += 1) {
        const { id } = await client('deployments.create', { params: target, body: { uploadId } });
        acknowledge(deployments, id);
      }
    };
    await Promise.allSettled([...Array.from({ length: CALLERS }, createProjects), createDeployments()]);
    expect(projects.length + deployments.length).toBeGreaterThanOrEqual(KILL_AFTER);
    expect(projects.length + deployments.length).toBeLessThan(WRITES);
    expect(deployments.length).toBeGreaterThan(0);

    await restart();
    const again = await platform.client();
    const kept = await allProjects(again, target.teamId);
    expect(kept).toEqual(expect.arrayContaining(projects));
    expect(new Set(kept).size).toBe(kept.length);
    const started = await until('each deployment has an execution', async () => {
      const names = await executions();
      return deployments.every((id) => names.includes(id)) ? names : undefined;
    });
    for (const id of deployments) expect(started.filter((name) => name === id)).toHaveLength(1);

    for (const slug of slugs.filter((candidate) => !kept.includes(candidate)).slice(0, 3)) {
      await again('projects.create', { params: { teamId: target.teamId }, body: { slug } });
    }
  }, 120_000);

  describe('with a live app and a deployment that was just queued,', () => {
    let url: string;

    it('the deployment starts once and goes live after the next start', async () => {
      const client = await platform.client();
      const steady = await newService(client, 'steady', { timeoutSeconds: 20 });
      const { id } = await upload(client, steady, await archiveOf(join(fixtures, 'node-plain')));
      url = (await follow(client, steady, id, undefined, patience(60_000))).url ?? '';
      expect((await visit(url)).status).toBe(200);
      const target = await newService(client, 'late', { timeoutSeconds: 20 });
      const queued = await upload(client, target, await archiveOf(join(fixtures, 'static-site')));
      await platform.kill();

      await restart();
      const end = await follow(await platform.client(), target, queued.id, undefined, patience(60_000));
      expect(end.status).toBe('live');
      expect((await visit(end.url ?? '')).status).toBe(200);
      expect((await executions()).filter((name) => name === queued.id)).toHaveLength(1);
    }, 120_000);

    it('the app answers again, as one process', async () => {
      const answer = await until('the app answers', async () => {
        const { status } = await visit(url).catch(() => ({ status: 0 }));
        return status === 200 ? status : undefined;
      });
      expect(answer).toBe(200);
      const apps = processesOf(dataDir).filter((each) => podOf(each, dataDir) !== undefined);
      expect(apps.filter(({ command }) => command.includes('index.js'))).toHaveLength(1);
    }, 120_000);
  });
});
