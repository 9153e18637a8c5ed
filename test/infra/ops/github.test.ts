import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { GitHubApp } from '@gantry/contract/github.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type GitHubStandIn, startGitHub } from '../../journeys/github.ts';

const root = join(import.meta.dirname, '../../..');
const API = 'https://gantry.example.com';

let standIn: GitHubStandIn;
/** The secrets that Secrets Manager received. */
const kept: { SecretId: string; SecretString: string }[] = [];
const secrets = createServer(async (request, response) => {
  kept.push(JSON.parse(await text(request)));
  response.setHeader('content-type', 'application/x-amz-json-1.1').end('{}');
});
beforeAll(async () => {
  standIn = await startGitHub();
  secrets.listen(0, '127.0.0.1');
  await once(secrets, 'listening');
});
afterAll(async () => {
  secrets.close().closeAllConnections();
  await standIn.stop();
});

/** Starts the command, and returns the page that it asks to open. */
async function start(...flags: string[]) {
  const child = spawn(
    process.execPath,
    ['infra/ops/github.ts', '--api', `${API}/`, '--enterprise', standIn.url, ...flags],
    {
      cwd: root,
      env: {
        PATH: process.env['PATH'],
        AWS_ENDPOINT_URL: `http://127.0.0.1:${(secrets.address() as AddressInfo).port}`,
        AWS_REGION: 'xx-local-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
      },
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = once(child, 'exit');
  while (!/http:\S+/.test(output) && child.exitCode === null) await Promise.race([once(child.stdout, 'data'), ended]);
  const [page = ''] = /http:\S+/.exec(output) ?? [];
  return { page, ended: ended.then(([code]) => ({ code, output: () => output })), stop: () => child.kill() };
}

/** Does what a browser does with the page: sends its form to GitHub. */
async function submit(page: string): Promise<URL> {
  const html = await (await fetch(page)).text();
  const value = (pattern: RegExp) => (pattern.exec(html)?.[1] ?? '').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
  const answer = await fetch(value(/action="([^"]+)"/), {
    method: 'POST',
    body: new URLSearchParams({ manifest: value(/name="manifest" value="([^"]+)"/) }),
    redirect: 'manual',
  });
  return new URL(answer.headers.get('location') ?? '');
}

describe('npm run github', () => {
  it('registers an App that GitHub makes from the manifest, stores its settings, and prints no secret', async () => {
    const { page, ended } = await start('--organization', 'acme', '--stage', 'production');
    const back = await submit(page);
    const [manifest] = standIn.manifests.values();
    expect(manifest).toMatchObject({
      name: 'gantry-production',
      hook_attributes: { url: `${API}/webhooks/github`, active: true },
      default_permissions: {
        contents: 'read',
        metadata: 'read',
        statuses: 'write',
        deployments: 'write',
        pull_requests: 'read',
      },
      default_events: ['push', 'repository'],
    });
    expect((await fetch(back)).status).toBe(200);
    const { code, output } = await ended;
    expect(code).toBe(0);
    const [{ SecretId, SecretString } = { SecretId: '', SecretString: '{}' }] = kept.splice(0);
    expect(SecretId).toBe('gantry-production-github-app');
    const app = GitHubApp.parse(JSON.parse(SecretString));
    expect(app).toEqual(standIn.app());
    for (const secret of [app.clientSecret, app.webhookSecret, 'PRIVATE KEY', back.searchParams.get('code') ?? '']) {
      expect(output()).not.toContain(secret);
    }
  });

  it('refuses an answer to another request, and hides its state from pages of other sites', async () => {
    const { page, ended, stop } = await start();
    const back = await submit(page);
    back.searchParams.set('state', 'another');
    expect((await fetch(back)).status).toBe(400);
    const { request } = await import('node:http');
    const elsewhere = request(page, { headers: { host: 'evil.example.com' } }).end();
    const [response] = await once(elsewhere, 'response');
    expect(response.statusCode).toBe(403);
    response.resume();
    // An invalid path does not end the command.
    const odd = request({ host: '127.0.0.1', port: new URL(page).port, path: '//' }).end();
    const [unknown] = await once(odd, 'response');
    expect(unknown.statusCode).toBe(404);
    unknown.resume();
    stop();
    await ended;
    expect(kept).toEqual([]);
  });
});
