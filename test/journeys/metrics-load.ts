import { releaseIdOf } from '@gantry/contract/ids.ts';
import { describe, expect, it } from '@jest/globals';
import { patience } from '../patience.ts';
import { developer, running } from './developer.ts';
import { client } from './fixture.ts';
import { load, MEASURED, SLOW_MS } from './measured-app.ts';
import { newService, visit } from './platform.ts';

describe('two releases of an app, one after the other, under load', () => {
  it(
    'answer as they should, also with errors and slowly',
    async () => {
      const ada = developer(client);
      const target = await newService(client, 'measured');
      for (const [requests, errors, slow] of [
        [30, 6, 4],
        [20, 0, 10],
      ] as const) {
        const live = await ada.deploy(target, running(MEASURED));
        const url = live.url ?? '';
        const statuses: number[] = [];
        for (let sent = 0; sent < requests - slow; sent += 1)
          statuses.push((await visit(url, sent < errors ? '/bad' : '/')).status);
        const times: number[] = [];
        for (let sent = 0; sent < slow; sent += 1) {
          const begun = performance.now();
          statuses.push((await visit(url, '/slow')).status);
          times.push(performance.now() - begun);
        }
        expect(statuses.filter((status) => status === 500)).toHaveLength(errors);
        expect(statuses.filter((status) => status === 200)).toHaveLength(requests - errors);
        const range = { shortest: SLOW_MS, longest: Math.max(...times) };
        load.sent.push({ releaseId: releaseIdOf(live.id), requests, errors, slow: range });
      }
      load.target = target;
    },
    patience(90_000),
  );
});
