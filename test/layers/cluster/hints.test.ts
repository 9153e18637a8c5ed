import type { ClusterEvent } from '@gantry/cloud/kubernetes/types.ts';
import { hintOf, hintOfOutput } from '@gantry/cluster/hints.ts';
import type { ReleaseSpec } from '@gantry/cluster/spec.ts';
import { startFailure } from '@gantry/cluster/start-failure.ts';
import { newId } from '@gantry/contract/ids.ts';
import { describe, expect, it } from '@jest/globals';

const STARTED = Date.parse('2026-11-20T10:00:00Z');
const spec: ReleaseSpec = {
  teamId: newId('team'),
  projectId: newId('project'),
  environmentId: newId('environment'),
  serviceId: newId('service'),
  releaseId: newId('release'),
  generation: 1,
  kind: 'web',
  image: 'registry.example/shop@sha256:0',
  port: 8080,
  host: 'web-production-shop.example.com',
  variables: {},
  securityGroups: [],
  health: { path: '/health', timeoutSeconds: 300 },
  size: 'small',
  scaling: { minReplicas: 1, maxReplicas: 1 },
  replicas: 1,
};

function told(reason: string, message: string, secondsIn = 5): ClusterEvent {
  const at = new Date(STARTED + secondsIn * 1000);
  const involvedObject = { kind: 'Pod', name: 'pod-1' };
  return {
    metadata: { name: `${reason}-${secondsIn}` },
    involvedObject,
    reason,
    message,
    firstTimestamp: at,
    lastTimestamp: at,
  };
}

const hint = (...events: ClusterEvent[]) => hintOf(spec, events, STARTED);

describe('the reason why an app is not healthy', () => {
  it.each([
    ['listens on 3456 (0.0.0.0), not on 8080', 'The app listens on 3456, not on PORT=8080: use process.env.PORT'],
    ['listens on 3456 (0.0.0.0), not on 8080', 'or set the port to 3456 (--port 3456).'],
    [
      'listens on 127.0.0.1:8080 only',
      'The app listens on 127.0.0.1:8080 only, where no request reaches it: bind 0.0.0.0.',
    ],
    ['listens on [::1]:8080 only', 'bind 0.0.0.0'],
    ['listens on 127.0.0.1:5173 only, not on 8080', 'not on PORT=8080: bind 0.0.0.0, and use the variable PORT'],
  ])('A19 and A20: can be a wrong port or address: %s', (message, words) => {
    expect(hint(told('ListensElsewhere', message))).toEqual({
      detail: expect.stringContaining(words),
      failsAt: STARTED + 13_000,
    });
  });

  it('A18: can be its answer to the health check, and a lasting wrong answer fails the release', () => {
    const answered = (status: number) =>
      hint(told('Unhealthy', `Startup probe failed: HTTP probe failed with statuscode: ${status}`));
    const says =
      'answered 400 to GET /health (Host web-production-shop.example.com); a healthy app answers 200 to 399.';
    expect(answered(400)).toEqual({ detail: expect.stringContaining(says), failsAt: STARTED + 25_000 });
    for (const passing of [429, 500, 503]) expect(answered(passing)?.failsAt).toBeUndefined();
  });

  it('is never taken from an earlier run of the container', () => {
    expect(hint(told('ListensElsewhere', 'listens on 3456 (0.0.0.0), not on 8080', -10))).toBeUndefined();
    expect(hint(told('Started', 'Started container app'))).toBeUndefined();
  });

  it.each([
    [['Server listening on port 3456'], 'listens on 3456, not on PORT=8080'],
    [['  Local:   http://localhost:5173/'], 'listens on 5173, not on PORT=8080'],
    [['ready on http://127.0.0.1:8080'], 'refuses connections: bind 0.0.0.0'],
    [['[info] Listening at 0.0.0.0:4000'], 'listens on 4000'],
  ])('can be read from its output when no node reports its sockets: %j', (lines, words) => {
    const found = hintOfOutput(spec, lines);
    expect(found).toEqual({ detail: expect.stringContaining(words) });
  });

  it('is not read from lines that name no server', () => {
    expect(hintOfOutput(spec, ['2026-11-20 10:00:00 connected', 'loaded 2345 rows in 1200 ms'])).toBeUndefined();
  });
});

describe('a command that the image lacks', () => {
  it.each([
    ['sh: 1: nosuchprogram: not found', 'nosuchprogram'],
    ['/bin/sh: 1: nosuchprogram: not found', 'nosuchprogram'],
    ['/bin/sh: nosuchprogram: not found', 'nosuchprogram'],
    ['bash: line 1: nosuchprogram: command not found', 'nosuchprogram'],
    ['sh: 1: exec: ./serve: not found', './serve'],
    ['env: ‘serve’: No such file or directory', 'serve'],
    ["env: can't execute 'serve': No such file or directory", 'serve'],
  ])("is named by the shell's error: %s", (line, name) => {
    expect(startFailure({ exitCode: 127 }, 'start command', ['before', line])).toBe(
      `"${name}" was not found in the image (exit code 127). Check the start command.`,
    );
  });

  it("is named by the container runtime's error", () => {
    const message = 'exec: "serve": executable file not found in $PATH: unknown';
    expect(startFailure({ exitCode: 128, reason: 'StartError', message }, 'start command', [])).toContain(
      '"serve" was not found',
    );
  });

  it('is not suspected when the app itself ended', () => {
    expect(startFailure({ exitCode: 1 }, 'start command', ['sh: 1: x: not found'])).toBeUndefined();
  });
});
