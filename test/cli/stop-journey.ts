import { expect, it } from '@jest/globals';
import { visit } from '../journeys/platform.ts';
import { type Ended, golden } from './command.ts';
import { WITHOUT_BUILD } from './variables-journey.ts';

interface Place {
  readonly url: string;
  run(...args: string[]): Promise<Ended>;
}

/** Part of the developer's day: stops the live release, and starts it again. */
export function itStopsAndStarts(at: () => Place, ms: number): void {
  it(
    'stops the live release after a confirmation, sees who stopped it, and starts it again without a build',
    async () => {
      const { url, run } = at();
      const unconfirmed = await run('stop');
      expect([unconfirmed.code, unconfirmed.stderr]).toEqual([
        2,
        'This stops web in production until it is started or deployed again.\nError: To confirm without a terminal, add --yes web.\n',
      ]);
      expect((await run('start')).stderr).toBe('Error: The service is not stopped.\n');
      const stopped = await run('stop', '--yes', 'web');
      expect([stopped.code, stopped.stdout]).toEqual([
        0,
        'Stopped web in production. Start it again with `gantry start`.\n',
      ]);
      const status = await run('status');
      expect([status.code, golden(status.stdout)]).toEqual([
        0,
        expect.stringMatching(
          /^Health +stopped <ago>, by owner@example\.com\n +Start it again with `gantry start`\.$/m,
        ),
      ]);
      const started = await run('start');
      expect([started.code, started.stdout.trim()]).toEqual([0, url]);
      expect(
        golden(started.stderr)
          .match(/^✓ .*\n/gm)
          ?.join(''),
      ).toBe(WITHOUT_BUILD);
      expect((await visit(url)).status).toBe(200);
      expect((await run('deployments')).stdout).toMatch(/^\S+ +live .* start/m);
    },
    ms,
  );
}
