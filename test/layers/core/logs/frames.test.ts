import { newId } from '@gantry/contract/ids.ts';
import type { LogLine } from '@gantry/contract/schemas/logs.ts';
import { ServerFrame } from '@gantry/contract/schemas/realtime.ts';
import { topics } from '@gantry/contract/topics.ts';
import { eventFrame, FRAME_BYTES, logFrames, topicsOf } from '@gantry/core/kernel/frames.ts';
import { lineOf } from '@gantry/core/logs/lines.ts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

const topic = topics.buildLogs(newId('deployment'));
const build = { source: 'build', release: null };
const line = fc
  .record({ id: fc.stringMatching(/^\d{56}$/), at: fc.nat(), message: fc.string({ unit: 'binary', maxLength: 8_000 }) })
  .map((event) => lineOf(event, build));

function linesOf(frames: readonly ServerFrame[]): LogLine[] {
  return frames.flatMap((frame) => (frame.type === 'logs' ? frame.lines : []));
}

describe('log frames', () => {
  it('carry every line once, in order, each within the size of one API Gateway message', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), (lines) => {
        const frames = logFrames(topic, lines);
        expect(linesOf(frames)).toEqual(lines);
        for (const frame of frames) {
          expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThanOrEqual(FRAME_BYTES);
        }
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['of control characters alone', '\u0000'.repeat(100_000)],
    ['of 32 KB, whole', 'x'.repeat(32 * 1024)],
    [
      'of JSON whose message and fields are long too',
      JSON.stringify({ msg: '\u0001'.repeat(4096), more: '\u0001'.repeat(4096) }),
    ],
  ])('hold the largest possible line in a message of 128 KB: one %s', (_, message) => {
    const origin = { source: 'p'.repeat(63), release: newId('release') };
    const worst = lineOf({ id: '9'.repeat(56), at: Date.now(), message }, origin);
    const frames = logFrames(topics.appLogs(newId('service'), newId('environment')), [worst]);
    expect(frames).toHaveLength(1);
    expect(Buffer.byteLength(JSON.stringify(frames[0]))).toBeLessThan(128 * 1024);
  });

  it('are filled before another starts', () => {
    const short = Array.from({ length: 200 }, (_, at) => lineOf({ id: String(at), at, message: 'compiled' }, build));
    expect(logFrames(topic, short)).toHaveLength(1);
  });
});

describe('an event frame', () => {
  const deploymentId = newId('deployment');
  const envelope = {
    id: newId('event'),
    name: 'deployment.advanced' as const,
    schemaVersion: 1,
    teamId: newId('team'),
    aggregate: { id: deploymentId, version: 4 },
    actor: 'deploy',
    at: '2026-11-20T10:00:00.000Z',
    data: { status: 'building' },
  };

  it('tells followers of a deployment its current version', () => {
    const frame = eventFrame(topics.deployment(deploymentId), envelope);
    expect(ServerFrame.parse(frame)).toMatchObject({ aggregate: { id: deploymentId, version: 4 } });
  });

  it('goes to every topic that its subject belongs to', () => {
    const [projectId, serviceId] = [newId('project'), newId('service')];
    expect(topicsOf({ ...envelope, data: { projectId, serviceId: null } })).toContain(topics.project(projectId));
    expect(topicsOf({ ...envelope, data: { projectId, serviceId, status: 'building' } })).toEqual([
      topics.team(envelope.teamId),
      topics.project(projectId),
      topics.service(serviceId),
      topics.deployment(deploymentId),
    ]);
    const about = { ...envelope, name: 'project.created' as const, aggregate: { id: projectId, version: 1 }, data: {} };
    expect(topicsOf(about)).toEqual([topics.team(envelope.teamId), topics.project(projectId)]);
    const member = { ...envelope, name: 'member.removed' as const, aggregate: { id: envelope.teamId, version: 2 } };
    expect(topicsOf(member)).toEqual([topics.team(envelope.teamId)]);
  });
});
