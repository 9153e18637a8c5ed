import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from '@gantry/client/client.ts';
import { beginSignIn } from '@gantry/client/sign-in.ts';
import { signedInClient } from '@gantry/local/example/session.ts';
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import type { Platform } from '../journeys/platform.ts';
import { patience } from '../patience.ts';
import { inBrowser } from './browser.ts';
import { REBOUND } from './chromium.ts';
import { ATTACK } from './stranger-page.ts';

/** The ways in which a page could read an answer or open a connection. */
const Reached = z.array(z.string());

/** What a page of another origin can do to the platform. */
export function itKeepsForeignPagesOut(at: () => Platform): void {
  let server: Server;
  let port = 0;
  /** What the browser sent to the server of the foreign page. */
  const received: string[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      received.push(`${request.url} ${request.headers.cookie ?? ''} ${request.headers.referer ?? ''}`);
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Elsewhere</title>');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => void server?.close());

  const ports = () => [at().endpoints.api, at().endpoints.aws, at().endpoints.kubernetes];

  /** Lets a page try everything. Returns what the page reached, and the platform's answers, preflights included. */
  async function attackFrom(page: Page, bases: readonly string[]) {
    const sent = new Map<string, string>();
    const answered: { readonly requestId: string; readonly statusCode: number }[] = [];
    // Playwright does not report answers that the browser hides from the page.
    const protocol = await page.context().newCDPSession(page);
    protocol.on('Network.requestWillBeSent', ({ requestId, request: { method, url } }) => {
      if (bases.some((base) => url.startsWith(base))) sent.set(requestId, `${method} ${url}`);
    });
    // Chromium may report an answer before its request.
    protocol.on('Network.responseReceivedExtraInfo', (answer) => void answered.push(answer));
    await protocol.send('Network.enable');
    const targets = bases.map((base) => ({ base, paths: pathsOf(base) }));
    const reached = Reached.parse(await page.evaluate(`(${ATTACK})(${JSON.stringify(targets)}, ${patience(1_500)})`));
    await protocol.detach();
    const answers = answered.flatMap(({ requestId, statusCode }) => {
      const request = sent.get(requestId);
      return request === undefined ? [] : [`${statusCode} ${request}`];
    });
    return { reached, answers };
  }

  /** Public paths, and paths whose parsing once ended the platform, at an address. */
  function pathsOf(base: string): readonly string[] {
    const { 'gantry-local-identity': { UserPoolId: pool = '' } = {} } = at().endpoints.outputs;
    const [api, aws] = ports().map((address) => new URL(address).port);
    const { port: own } = new URL(base);
    if (own === api) return ['/', '/v1/health', '/v1/openapi.json', '/docs', '/local', '//', '//v1/health', '/%'];
    if (own === aws)
      return [
        '/',
        '/_local/usage',
        `/${pool}/.well-known/jwks.json`,
        '/sign-in/gantry-local-000000000000/oauth2/token',
        '/v2/',
        '//',
      ];
    return ['/', '/version', '/api/v1/secrets', '//'];
  }

  /** Checks that the attack took place: the platform got reads, writes and preflights. */
  function expectAllKinds(answers: readonly string[]): void {
    for (const method of ['GET', 'POST', 'OPTIONS'])
      expect(answers.filter((answer) => answer.startsWith(`403 ${method} `)).length).toBeGreaterThan(30);
  }

  async function expectAlive(): Promise<void> {
    const { endpoints, process: child } = at();
    expect(child.exitCode).toBeNull();
    expect((await fetch(`${endpoints.api}/v1/health`)).status).toBe(200);
    expect((await fetch(`${endpoints.kubernetes}/version`)).status).toBeLessThan(500);
    const { email, password } = endpoints.owner;
    const client = await signedInClient(endpoints.api, email, password);
    expect((await client('session.get', {})).user.email).toBe(email);
  }

  inBrowser(
    'lets no page of another origin read, write, connect or end anything, even the page of an app',
    async ({ page, expectErrors }) => {
      expectErrors(/./);
      const [front = ''] = ports();
      const app = new URL(front).port;
      for (const origin of [
        `http://127.0.0.1:${port}`,
        `http://localhost:${port}`,
        `http://evil.localhost:${port}`,
        `http://evil.localhost:${app}`,
      ]) {
        await page.goto(origin);
        const { reached, answers } = await attackFrom(page, ports());
        const admitted = answers.filter((answer) => !answer.startsWith('403 '));
        expect({ origin, reached, admitted }).toEqual({ origin, reached: [], admitted: [] });
        expectAllKinds(answers);
      }
      await expectAlive();
    },
    120_000,
  );

  inBrowser(
    'answers to no name except its own, even if the name resolves to this machine (DNS rebinding)',
    async ({ page, expectErrors }) => {
      expectErrors(/./);
      for (const base of ports()) {
        // After the rebinding, the browser takes a page of this name for the platform's own.
        const rebound = `http://${REBOUND}:${new URL(base).port}`;
        expect((await page.goto(rebound))?.status()).toBe(403);
        const { reached, answers } = await attackFrom(page, [rebound]);
        expect(reached.filter((way) => !way.endsWith(' read 403'))).toEqual([]);
        expect([base, answers.filter((answer) => !answer.startsWith('403 '))]).toEqual([base, []]);
        expect(answers.length).toBeGreaterThan(30);
      }
      await expectAlive();
    },
    120_000,
  );

  inBrowser('shares no cookie between the platform and the apps', async ({ page, context }) => {
    const { aws, api, owner } = at().endpoints;
    const signIn = await createClient({ baseUrl: api })('signIn.get', {});
    await page.goto((await beginSignIn(signIn, signIn.redirectUrls[0] ?? '')).url);
    await page.getByLabel('E-mail').fill(owner.email);
    await page.getByLabel('Password').fill(owner.password);
    const signedIn = page.waitForResponse((response) => response.status() === 302);
    await page.getByRole('button').click();
    await signedIn;
    // Nobody listens at the sign-in's redirect, so that page ends as a browser error.
    const app = await context.newPage();
    const before = await context.cookies(signIn.authorizeUrl);
    const session = before.find(({ name }) => name === `cognito-${new URL(aws).port}`);
    expect(session).toMatchObject({ domain: '127.0.0.1', httpOnly: true, sameSite: 'Lax' });

    // Each app has its own name under `localhost`, at any path and port.
    const { pathname } = new URL(signIn.authorizeUrl);
    received.length = 0;
    await app.goto(`http://evil.localhost:${port}${pathname}`);
    expect(received[0]).toBe(`${pathname}  `);
    for (const domain of ['localhost', '127.0.0.1', '.localhost'])
      await app.evaluate(`document.cookie = 'planted=1; path=/; domain=${domain}'`);
    await app.evaluate(`document.cookie = '${session?.name}=planted; path=/'`);
    expect(await context.cookies([aws, api, aws.replace('127.0.0.1', 'localhost'), signIn.authorizeUrl])).toEqual(
      before,
    );
  });

  inBrowser('reaches only this machine', async ({ page }) => {
    // 127.0.0.2 is this machine too, but is not in the list: the rule applies to numeric addresses too.
    for (const address of ['http://example.com/', `http://127.0.0.2:${port}/`, `http://[::1]:${port}/`]) {
      await expect(page.goto(address)).rejects.toThrow('ERR_NAME_NOT_RESOLVED');
    }
  });
}
