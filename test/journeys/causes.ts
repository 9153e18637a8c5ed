import { describe, expect, it } from '@jest/globals';
import { patience } from '../patience.ts';
import { developer, running, until } from './developer.ts';
import { client } from './fixture.ts';
import { newService, visit } from './platform.ts';

/** A cause must be named within this time after it can be known, in milliseconds. */
const NAMED_MS = 15_000;

/** Answers 400 to its health check unless the request has its public host name, as frameworks with allowed hosts do. */
const PICKY = running(`require('node:http').createServer((request, response) => {
  const known = (request.headers.host ?? '').split(':')[0] === process.env.GANTRY_PUBLIC_DOMAIN;
  response.writeHead(request.url === '/health' && !known ? 400 : 200).end('picky');
}).listen(Number(process.env.PORT));`);

const REFUSING = running(
  `require('node:http').createServer((request, response) => response.writeHead(400).end()).listen(Number(process.env.PORT));`,
);
const ELSEWHERE = running(
  `require('node:http').createServer((_, response) => response.end('elsewhere')).listen(3456);`,
);
const LOOPBACK = running(
  `require('node:http').createServer((_, response) => response.end('here')).listen(Number(process.env.PORT), '127.0.0.1');`,
);
const SLOW = running(
  `setTimeout(() => require('node:http').createServer((_, response) => response.end('at last')).listen(Number(process.env.PORT)), 25_000);`,
);

describe('A18: a health check', () => {
  it(
    'asks with the public host name of the service',
    async () => {
      const ada = developer(client);
      const target = await newService(client, 'a18-picky', { path: '/health', timeoutSeconds: 30 });
      expect(await ada.deploy(target, PICKY)).toMatchObject({ status: 'live' });
    },
    patience(60_000),
  );

  it(
    'that fails is reported with the answer and the host name, during the wait and in the end',
    async () => {
      const ada = developer(client);
      const target = await newService(client, 'a18-refusing', { path: '/health', timeoutSeconds: 300 });
      const queued = await ada.queue(target, REFUSING);
      const says =
        /answered 400 to GET \/health \(Host web-production-a18-refusing\.localhost\); a healthy app answers 200 to 399/;
      const told = await until(
        'the notice',
        async () => {
          const found = await ada.get(target, queued);
          return found.waitsFor !== null && found;
        },
        patience(30_000),
      );
      expect(told.waitsFor).toMatch(says);
      const verify = told.steps.find(({ name }) => name === 'verify');
      expect(Date.now() - Date.parse(verify?.startedAt ?? '')).toBeLessThan(patience(NAMED_MS));
      const end = await ada.end(target, queued);
      expect(end).toMatchObject({ status: 'failed', waitsFor: null, reason: { detail: expect.stringMatching(says) } });
    },
    patience(90_000),
  );
});

describe('A19 and A20: an app that listens in the wrong place', () => {
  it.each([
    ['another port', ELSEWHERE, /listens on 3456, not on PORT=\d+: use process\.env\.PORT.*--port 3456/],
    ['127.0.0.1 alone', LOOPBACK, /listens on 127\.0\.0\.1:\d+ only.*bind 0\.0\.0\.0/],
  ])(
    'fails soon with a reason: %s',
    async (name, files, says) => {
      const ada = developer(client);
      const target = await newService(client, `elsewhere-${name.length}`, { timeoutSeconds: 300 });
      const end = await ada.deploy(target, files);
      expect(end).toMatchObject({ status: 'failed', reason: { step: 'verify', detail: expect.stringMatching(says) } });
      const verify = end.steps.find((step) => step.name === 'verify');
      const took = Date.parse(verify?.endedAt ?? '') - Date.parse(verify?.startedAt ?? '');
      expect(took).toBeLessThan(patience(NAMED_MS + 5_000));
    },
    patience(90_000),
  );

  it(
    'is not confused with an app that starts slowly',
    async () => {
      const ada = developer(client);
      const target = await newService(client, 'slow');
      const end = await ada.deploy(target, SLOW);
      expect(end).toMatchObject({ status: 'live', waitsFor: null });
      expect(await visit(end.url ?? '')).toMatchObject({ status: 200, body: 'at last' });
    },
    patience(90_000),
  );
});

describe('a start command that the image lacks', () => {
  it(
    'is named after the first exit',
    async () => {
      const ada = developer(client);
      const target = await newService(client, 'nosuch', { timeoutSeconds: 300 });
      await ada.configure(target, { runtime: { startCommand: 'nosuchprogram --serve' } });
      const end = await ada.deploy(target, running('setInterval(() => undefined, 1000);'));
      expect(end.reason).toMatchObject({
        step: 'verify',
        detail: '"nosuchprogram" was not found in the image (exit code 127). Check the start command.',
      });
    },
    patience(60_000),
  );
});
