import { describe, expect, it } from '@jest/globals';
import { LOAD_APP, startLoad } from '../local/cluster/load.ts';
import { developer, running } from './developer.ts';
import { client } from './fixture.ts';
import { newService } from './platform.ts';

/** The full measurement, twenty deployments and five rollbacks, is `npm run bench -- --only traffic`. */
const DEPLOYMENTS = 3;

const version = (number: number) => running(`process.env.VERSION = '${number}';\n${LOAD_APP}`);

describe('an app under load', () => {
  it('gets no failed request while deployments and a rollback switch its releases', async () => {
    const ada = developer(client);
    const target = await newService(client, 'busy', { path: '/', timeoutSeconds: 30 });
    const first = await ada.deploy(target, version(0));
    const { hostname, port } = new URL(first.url ?? '');
    const load = startLoad({ url: `http://127.0.0.1:${port}`, host: hostname, rate: 200 });
    for (let number = 1; number <= DEPLOYMENTS; number += 1) {
      const queued = await ada.queue(target, version(number));
      await load.hold();
      expect((await ada.end(target, queued)).status).toBe('live');
    }
    await load.hold();
    const back = await client('deployments.rollback', { params: target, body: {} });
    expect((await ada.end(target, back)).status).toBe('live');
    const report = await load.stop();
    expect(report.failures).toEqual([]);
    expect(report.slow).toBe(DEPLOYMENTS + 1);
    expect(report.sockets.every(({ echoes }) => echoes > 0)).toBe(true);
    expect(Object.keys(report.answers).sort()).toEqual(['version 0', 'version 1', 'version 2', 'version 3']);
  }, 120_000);
});
