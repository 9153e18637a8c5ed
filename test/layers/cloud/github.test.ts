import { createHash, createHmac, generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { authorizeUrl, exchangeCode, installUrl, userInstallations } from '@gantry/cloud/github/authorisation.ts';
import {
  branchHead,
  commitArchive,
  createCommitStatus,
  createDeployment,
  createDeploymentStatus,
  readCommit,
} from '@gantry/cloud/github/repository.ts';
import type { GitHub } from '@gantry/cloud/github/request.ts';
import { type GitHubRepository, installationToken } from '@gantry/cloud/github/tokens.ts';
import { GitHubApp } from '@gantry/contract/github.ts';
import { tarballEntries } from '@gantry/core/source/tarball.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type GitHubStandIn, startGitHub } from '../../journeys/github.ts';
import { patience } from '../../patience.ts';

const CALLBACK = 'http://127.0.0.1:47100/callback';

let standIn: GitHubStandIn;
let github: GitHub;
let shop: GitHubRepository;
beforeAll(async () => {
  standIn = await startGitHub({ redirectUrls: [CALLBACK] });
  github = { app: GitHubApp.parse(standIn.app()), privateAddresses: true };
  await standIn.createRepository('acme/shop');
  await standIn.createRepository('acme/secret');
  shop = { installationId: standIn.install('acme').id, fullName: 'acme/shop' };
});
afterAll(() => standIn.stop());

const commitTo = (branch: string, files: Record<string, string>, message = 'A change') =>
  standIn.world.repositories.get('acme/shop')?.push(branch, files, { message }) ?? Promise.reject(new Error('no shop'));
const accessCalls = () => standIn.world.calls.filter((call) => call.endsWith('/access_tokens')).length;

describe('a repository on GitHub', () => {
  it.each(['main', 'feature/ü#1', 'a%2Fb', 'what+x=1', 'release/2026.11/x'])(
    'gives the head of the branch %s',
    async (branch) => {
      const commit = await commitTo(branch, { 'index.js': branch });
      expect(await branchHead(github, shop, branch)).toBe(commit);
    },
  );

  it('gives the author and message of a commit, and its files from another host', async () => {
    const commit = await commitTo('main', { 'index.js': 'hello', 'web/a.txt': 'a' }, 'Ship it\n\nFor a reason');
    expect(await readCommit(github, shop, commit)).toEqual({
      sha: commit,
      message: 'Ship it\n\nFor a reason',
      author: 'Ada Lovelace',
    });
    const files: Record<string, string> = {};
    for await (const { path, content } of tarballEntries(await commitArchive(github, shop, commit, patience(5_000)))) {
      files[path] = (await buffer(content)).toString();
    }
    expect(files).toMatchObject({ 'index.js': 'hello', web: '', 'web/a.txt': 'a' });
  });

  it('gives an error with advice when the branch, commit or repository is missing', async () => {
    await expect(branchHead(github, shop, 'nowhere')).rejects.toMatchObject({
      kind: 'NotFound',
      message: expect.stringContaining('no branch nowhere in acme/shop, or the App is not installed on it'),
    });
    await expect(readCommit(github, shop, 'c'.repeat(40))).rejects.toMatchObject({ kind: 'NotFound' });
    await expect(branchHead(github, { ...shop, fullName: 'acme/other' }, 'main')).rejects.toMatchObject({
      kind: 'Invalid',
    });
    await expect(branchHead(github, { ...shop, installationId: 1 }, 'main')).rejects.toMatchObject({
      kind: 'NotFound',
    });
  });

  it('receives statuses of commits, deployments and their statuses', async () => {
    const commit = await commitTo('main', { 'index.js': 'status' });
    const context = 'gantry/production/shop';
    await createCommitStatus(github, shop, commit, { state: 'pending', description: 'x'.repeat(200), context });
    expect(standIn.world.statuses.at(-1)).toEqual({
      repository: 'acme/shop',
      of: commit,
      body: { state: 'pending', description: 'x'.repeat(140), context },
    });
    const id = await createDeployment(github, shop, { sha: commit, environment: 'production', description: 'shop' });
    const environmentUrl = 'https://shop.example.com';
    await createDeploymentStatus(github, shop, id, { state: 'success', description: 'Live', environmentUrl });
    expect(standIn.world.deployments.at(-1)?.body).toMatchObject({
      ref: commit,
      required_contexts: [],
      auto_merge: false,
    });
    expect(standIn.world.deploymentStatuses.at(-1)).toMatchObject({
      of: String(id),
      body: { state: 'success', environment_url: environmentUrl },
    });
  });
});

describe('the token of an installation', () => {
  it('is requested once, for one repository and the needed permissions', async () => {
    const before = accessCalls();
    const repository = { ...shop, fullName: 'acme/secret' };
    const [first, second] = [
      await installationToken(github, repository, { contents: 'read' }),
      await installationToken(github, repository, { contents: 'read' }),
    ];
    expect(second).toBe(first);
    expect(accessCalls()).toBe(before + 1);
    expect(standIn.world.tokens.get(first.token)).toMatchObject({
      repositories: [standIn.world.repositories.get('acme/secret')?.id],
      permissions: { contents: 'read' },
    });
  });

  it('is requested by the number of the repository, also after a rename', async () => {
    const made = await standIn.createRepository('acme/before');
    const known = { installationId: shop.installationId, id: made.id };
    expect(await installationToken(github, { ...known, fullName: 'acme/before' }, {})).toMatchObject({ id: made.id });
    standIn.rename('acme/before', 'acme/after');
    await standIn.createRepository('acme/before');
    const { id, fullName } = await installationToken(github, { ...known, fullName: 'acme/after' }, {});
    expect([id, fullName]).toEqual([made.id, 'acme/after']);
  });

  it('is requested again after GitHub ended it early', async () => {
    await commitTo('main', { 'index.js': 'again' });
    await branchHead(github, shop, 'main');
    standIn.world.tokens.clear();
    await expect(branchHead(github, shop, 'main')).rejects.toMatchObject({ kind: 'Unavailable' });
    await expect(branchHead(github, shop, 'main')).resolves.toMatch(/^[0-9a-f]{40}$/);
  });

  it('of a suspended installation, or with another key, is refused with the reason', async () => {
    const { id } = standIn.install('globex');
    await standIn.createRepository('globex/app');
    const installation = standIn.world.installations.get(id);
    if (installation !== undefined) installation.suspendedAt = new Date().toISOString();
    const app = { installationId: id, fullName: 'globex/app' };
    await expect(branchHead(github, app, 'main')).rejects.toMatchObject({
      kind: 'Forbidden',
      message: expect.stringContaining('This installation has been suspended'),
    });
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const forged = { ...github, app: { ...github.app, privateKey } };
    await expect(branchHead(forged, app, 'main')).rejects.toMatchObject({ kind: 'Unauthenticated' });
    const broken = { ...github, app: { ...github.app, privateKey: 'no key' } };
    await expect(branchHead(broken, app, 'main')).rejects.toThrow('private key cannot be read');
  });
});

describe('GitHub over its rate limit', () => {
  it.each([
    [429, { 'retry-after': '17' }, 'slow down', 17],
    [403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'in 90 s' }, 'API rate limit exceeded', 90],
    [403, {}, 'You have exceeded a secondary rate limit', 60],
  ])('answers %s %j, and the error says when to try again', async (status, headers, message, seconds) => {
    await branchHead(github, shop, 'main');
    const reset = 'x-ratelimit-reset' in headers && { 'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 90) };
    const told = { ...headers, ...reset } as Record<string, string>;
    standIn.world.refusals.push({ status, headers: told, message });
    const error = await branchHead(github, shop, 'main').catch((error: unknown) => error);
    expect(error).toMatchObject({ kind: 'RateLimited' });
    const { retryAfterSeconds = 0 } = error as { retryAfterSeconds?: number };
    expect(Math.abs(retryAfterSeconds - seconds)).toBeLessThan(15);
  });

  it('is Unavailable when it fails', async () => {
    standIn.world.refusals.push({ status: 502, message: 'Server Error' });
    await expect(branchHead(github, shop, 'main')).rejects.toMatchObject({ kind: 'Unavailable' });
  });
});

describe('a person', () => {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');

  async function authorised(login: string): Promise<string> {
    standIn.world.login = login;
    const page = authorizeUrl(github, { redirectUrl: CALLBACK, state: 'the-state', challenge });
    const { headers } = await fetch(page, { redirect: 'manual' });
    const back = new URL(headers.get('location') ?? '');
    expect(back.searchParams.get('state')).toBe('the-state');
    return back.searchParams.get('code') ?? '';
  }

  it('proves by GitHub which installations they have access to, page by page', async () => {
    for (let index = 0; index < 120; index += 1)
      standIn.install(`org-${index}`, { people: ['grace'], repositories: [] });
    const token = await exchangeCode(github, { code: await authorised('grace'), verifier, redirectUrl: CALLBACK });
    const found = await userInstallations(github, token);
    expect(found.map(({ account }) => account)).toEqual(Array.from({ length: 120 }, (_, index) => `org-${index}`));
    expect(found[0]).toMatchObject({ accountType: 'Organization', repositorySelection: 'selected', suspended: false });
  });

  it('is refused with a code of somebody else, with a used code, and without a token', async () => {
    const code = await authorised('ada');
    const other = { code, verifier: 'another verifier', redirectUrl: CALLBACK };
    await expect(exchangeCode(github, other)).rejects.toMatchObject({ kind: 'Unauthenticated' });
    await expect(exchangeCode(github, { code, verifier, redirectUrl: CALLBACK })).rejects.toMatchObject({
      kind: 'Unauthenticated',
      message: expect.stringContaining('incorrect or expired'),
    });
    await expect(userInstallations(github, 'ghu_nothing')).rejects.toMatchObject({ kind: 'Unauthenticated' });
  });

  it('is sent to the page that installs this App', () => {
    expect(installUrl(github, 'a b')).toBe(`${standIn.url}/apps/gantry-test/installations/new?state=a+b`);
  });
});

describe('the stand-in for GitHub', () => {
  it('signs its webhooks, and sends the fields that GitHub sends', async () => {
    const received: { headers: Record<string, unknown>; body: string }[] = [];
    const server = createServer(async (request, response) => {
      received.push({ headers: request.headers, body: await text(request) });
      response.writeHead(202).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    standIn.sendWebhooksTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await standIn.ping();
    const { commit, response } = await standIn.push('acme/shop', 'main', { 'new.txt': 'x' }, { id: 'delivery-1' });
    await standIn.installation('suspend', shop.installationId);
    await standIn.installation('unsuspend', shop.installationId);
    await standIn.chooseRepositories(shop.installationId, ['acme/shop']);
    server.close().closeAllConnections();
    expect(response.status).toBe(202);
    expect(received.map(({ headers }) => headers['x-github-event'])).toEqual([
      'ping',
      'push',
      'installation',
      'installation',
      'installation_repositories',
    ]);
    const { headers, body } = received[1] ?? { headers: {}, body: '' };
    const signature = createHmac('sha256', github.app.webhookSecret).update(body).digest('hex');
    expect(headers).toMatchObject({ 'x-hub-signature-256': `sha256=${signature}`, 'x-github-delivery': 'delivery-1' });
    expect(JSON.parse(body)).toMatchObject({
      ref: 'refs/heads/main',
      after: commit,
      head_commit: { id: commit, added: ['new.txt'], modified: [] },
      repository: { full_name: 'acme/shop' },
      installation: { id: shop.installationId },
    });
    expect(JSON.parse(received[4]?.body ?? '')).toMatchObject({
      action: 'removed',
      repositories_removed: expect.arrayContaining([expect.objectContaining({ full_name: 'acme/secret' })]),
    });
  });
});
