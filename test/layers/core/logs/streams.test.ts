import { newId, toKubernetesName } from '@gantry/contract/ids.ts';
import { Topic } from '@gantry/contract/schemas/realtime.ts';
import { parseTopic, topics } from '@gantry/contract/topics.ts';
import { decodeCursor, encodeCursor } from '@gantry/core/logs/cursor.ts';
import { appOrigin, buildOrigin, lineOf } from '@gantry/core/logs/lines.ts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

const ulid = fc
  .array(fc.constantFrom(...'0123456789ABCDEFGHJKMNPQRSTVWXYZ'), { minLength: 25, maxLength: 25 })
  .map((letters) => `0${letters.join('')}`);

describe('the name of a log stream', () => {
  it('gives the topic of the app, for any ids', () => {
    fc.assert(
      fc.property(ulid, ulid, fc.stringMatching(/^[a-z0-9-]{1,40}$/), (environment, service, pod) => {
        const [environmentId, serviceId] = [`env_${environment}`, `svc_${service}`];
        const stream = `${toKubernetesName(environmentId)}/${pod}/${toKubernetesName(serviceId)}`;
        expect(appOrigin(stream)).toEqual({
          topic: topics.appLogs(serviceId, environmentId),
          source: pod,
          release: null,
        });
        const topic = Topic.parse(appOrigin(stream)?.topic);
        expect(parseTopic(topic)).toEqual({ kind: 'app-logs', serviceId, environmentId });
      }),
    );
  });

  it('gives the release of the replica, also for a release command', () => {
    const release = newId('release');
    const container = toKubernetesName(newId('service'));
    for (const pod of [`${toKubernetesName(release)}-6d5f7c9b8-x7k2p`, `${toKubernetesName(release)}-release-x7k2p`]) {
      const stream = `${toKubernetesName(newId('environment'))}/${pod}/${container}`;
      expect(appOrigin(stream)).toMatchObject({ source: pod, release });
    }
  });

  it('gives the topic of the build', () => {
    const deploymentId = newId('deployment');
    const build = '6f1c2c34-15d3-4b8e-9a26-0d0b0f6c3f11';
    expect(buildOrigin(`${deploymentId}/${build}`)).toEqual({
      topic: topics.buildLogs(deploymentId),
      source: 'build',
      release: null,
    });
  });

  it.each(['', 'kube-system/coredns-x/coredns', 'env-1/pod/svc-2', 'a/b/c/d', `${newId('deployment')}`])(
    'gives nothing when it is not ours: %j',
    (stream) => {
      expect(appOrigin(stream)).toBeUndefined();
      expect(buildOrigin(stream)).toBeUndefined();
    },
  );
});

const build = { source: 'build', release: null };

describe('a line', () => {
  it('loses its line break and nothing else', () => {
    expect(lineOf({ id: '1', at: 5, message: '  hi \r\n' }, build)).toEqual({
      id: '1',
      at: 5,
      text: '  hi ',
      source: 'build',
      release: null,
      level: null,
    });
  });

  it('stays whole up to 32 KB; a longer one is cut after a whole character, with a mark', () => {
    const whole = lineOf({ id: '1', at: 5, message: `${'😀'.repeat(8 * 1024)}\n` }, build).text;
    expect(whole).toBe('😀'.repeat(8 * 1024));
    const { text } = lineOf({ id: '1', at: 5, message: '😀'.repeat(100_000) }, build);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(32 * 1024);
    expect(text.isWellFormed()).toBe(true);
    expect(text).toMatch(/^(😀)+… \[cut at 32 KB\]$/u);
  });
});

describe('a cursor', () => {
  it('reads back as written', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1, maxLength: 200 }), (token, text) => {
        const position = { filter: { text, since: '2026-11-26T10:00:00Z' }, scan: 100, token, after: 'id' };
        expect(decodeCursor(encodeCursor(position))).toEqual(position);
      }),
    );
  });

  it('that is not ours is refused, naming the field', () => {
    expect(() => decodeCursor('bm9uc2Vuc2U')).toThrow(
      expect.objectContaining({ kind: 'Invalid', fields: [expect.objectContaining({ field: 'query.cursor' })] }),
    );
  });
});
