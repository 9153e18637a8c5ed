import type { RequestListener } from 'node:http';
import type { UptimeCheck } from '@gantry/contract/schemas/alerts.ts';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { failureOf } from '../../../../layers/core/alerts/check.ts';
import { serve } from '../../outbound/serve.ts';

const check: Omit<UptimeCheck, 'url'> = { method: 'GET', status: 200, text: null, certificateDays: 14 };
const failing = async (listener: RequestListener, expected: Partial<UptimeCheck> = {}) => {
  const url = await serve(listener);
  return (await failureOf({ ...check, url: `${url}/up`, ...expected }))?.replace(new URL(url).host, 'the app');
};

describe('an uptime check', () => {
  beforeEach(() => {
    process.env.PRIVATE_SOURCES = 'true';
  });

  it('is well with the expected status and text, which may come late in the answer', async () => {
    const hello: RequestListener = (_, response) => response.end(`${'.'.repeat(50_000)}Welcome`);
    expect(await failing(hello, { text: 'Welcome' })).toBeUndefined();
    expect(await failing((_, response) => response.writeHead(404).end(), { status: 404 })).toBeUndefined();
  });

  it('fails with another status, without the text, and without an answer, and says so', async () => {
    expect(await failing((_, response) => response.writeHead(502).end())).toBe('the app answered 502 instead of 200.');
    const far: RequestListener = (_, response) => response.end(`${'.'.repeat(70_000)}Welcome`);
    expect(await failing(far, { text: 'Welcome' })).toBe('the app answered without the expected text.');
    expect(await failing((request) => request.socket.destroy())).toContain('does not answer');
  });

  it('follows redirects, and judges their end', async () => {
    const moved: RequestListener = ({ url }, response) =>
      url === '/up' ? response.writeHead(302, { location: '/there' }).end() : response.writeHead(500).end();
    expect(await failing(moved)).toBe('the app answered 500 instead of 200.');
  });

  it('sends nothing to private addresses, also not by a redirect, where the installation does not allow them', async () => {
    process.env.PRIVATE_SOURCES = 'false';
    let requests = 0;
    const url = await serve((_, response) => {
      requests += 1;
      response.end();
    });
    for (const address of [url.replace('http', 'https'), 'https://localhost/', 'https://169.254.169.254/'])
      expect(await failureOf({ ...check, url: address })).toContain('private or reserved address');
    expect(requests).toBe(0);
  });
});
