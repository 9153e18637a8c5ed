import { newId, toKubernetesName } from '@gantry/contract/ids.ts';
import { parseTopic, Topic, topics } from '@gantry/contract/schemas/realtime.ts';
import { decodeCursor, encodeCursor } from '@gantry/core/logs/cursor.ts';
import { appOrigin, buildOrigin, lineOf } from '@gantry/core/logs/lines.ts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

const ulid = fc
  .array(fc.constantFrom(...'0123456789ABCDEFGHJKMNPQRSTVWXYZ'), { minLength: 25, maxLength: 25 })
  .map((letters) => `0${letters.join('')}`);

describe('the name of a log stream', () => {
  it('leads to the topic of the app, whatever the ids are', () => {
    fc.assert(
      fc.property(ulid, ulid, fc.stringMatching(/^[a-z0-9-]{1,40}$/), (environment, service, pod) => {
        const [environmentId, serviceId] = [`env_${environment}`, `svc_${service}`];
        const stream = `${toKubernetesName(environmentId)}/${pod}/${toKubernetesName(serviceId)}`;
        expect(appOrigin(stream)).toEqual({ topic: topics.appLogs(serviceId, environmentId), source: pod });
        const topic = Topic.parse(appOrigin(stream)?.topic);
        expect(parseTopic(topic)).toEqual({ kind: 'app-logs', serviceId, environmentId });
      }),
    );
  });

  it('leads to the topic of the build', () => {
    const deploymentId = newId('deployment');
    const build = '6f1c2c34-15d3-4b8e-9a26-0d0b0f6c3f11';
    expect(buildOrigin(`${deploymentId}/${build}`)).toEqual({
      topic: topics.buildLogs(deploymentId),
      source: 'build',
    });
  });

  it.each(['', 'kube-system/coredns-x/coredns', 'env-1/pod/svc-2', 'a/b/c/d', `${newId('deployment')}`])(
    'leads nowhere where it is nobody’s: %j',
    (stream) => {
      expect(appOrigin(stream)).toBeUndefined();
      expect(buildOrigin(stream)).toBeUndefined();
    },
  );
});

describe('a line', () => {
  it('loses its line break, and nothing else', () => {
    expect(lineOf({ id: '1', at: 5, message: '  hi \r\n' }, 'build')).toEqual({
      id: '1',
      at: 5,
      text: '  hi ',
      source: 'build',
    });
  });

  it('is cut where it is so long that no frame could hold it', () => {
    const { text } = lineOf({ id: '1', at: 5, message: '😀'.repeat(100_000) }, 'build');
    expect(text.length).toBeLessThan(6_000);
    expect(text.isWellFormed()).toBe(true);
    expect(text.endsWith('…')).toBe(true);
  });
});

describe('a cursor', () => {
  it('comes back as it went out', () => {
    fc.assert(
      fc.property(fc.string(), fc.option(fc.nat(), { nil: undefined }), (token, since) => {
        const position = since === undefined ? { token } : { token, since };
        expect(decodeCursor(encodeCursor(position))).toEqual(position);
      }),
    );
  });

  it('that is not ours is refused by the name of its field', () => {
    expect(() => decodeCursor('bm9uc2Vuc2U')).toThrow(
      expect.objectContaining({ kind: 'Invalid', fields: [expect.objectContaining({ field: 'query.cursor' })] }),
    );
  });
});
