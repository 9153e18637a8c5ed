import { gzipSync } from 'node:zlib';
import { newId, toKubernetesName } from '@gantry/contract/ids.ts';
import { topics } from '@gantry/contract/topics.ts';
import { describe, expect, it } from '@jest/globals';
import { deploymentId, follow, gantry, ids, open, sent } from './fixture.ts';

describe('lines from CloudWatch Logs', () => {
  function delivery(logGroup: string, logStream: string, messages: string[], messageType = 'DATA_MESSAGE') {
    const logEvents = messages.map((message, at) => ({ id: `id-${at}`, timestamp: at, message }));
    return gzipSync(JSON.stringify({ messageType, owner: '1', logGroup, logStream, logEvents })).toString('base64');
  }

  it('reach the followers of the app that printed them', async () => {
    const id = await open();
    const topic = topics.appLogs(ids.serviceId, ids.environmentId);
    await follow(id, topic);
    const stream = `${toKubernetesName(ids.environmentId)}/pod-1/${toKubernetesName(ids.serviceId)}`;
    await gantry.ingest(delivery('/gantry/test/apps', stream, ['one\n', 'two']));
    expect(sent.get(id)?.at(-1)).toEqual({
      type: 'logs',
      topic,
      lines: [
        { id: 'id-0', at: 0, text: 'one', source: 'pod-1', release: null, level: null },
        { id: 'id-1', at: 1, text: 'two', source: 'pod-1', release: null, level: null },
      ],
    });
    await gantry.disconnect(id);
  });

  it('are dropped when no app owns them, and when CloudWatch only checks the destination', async () => {
    const id = await open();
    await follow(id, topics.buildLogs(deploymentId));
    await gantry.ingest(delivery('/gantry/test/builds', 'stranger', ['one']));
    await gantry.ingest(delivery('/other', `${deploymentId}/1`, ['one']));
    await gantry.ingest(delivery('/gantry/test/builds', `${deploymentId}/1`, ['one'], 'CONTROL_MESSAGE'));
    expect(sent.get(id)).toHaveLength(1);
  });

  it("of a build are its output, without CodeBuild's notes", async () => {
    const id = await open();
    const topic = topics.buildLogs(deploymentId);
    await follow(id, topic);
    const messages = ['[Container] 2026/11/26 12:00:00.000001 Running command node main.mjs\n', 'one\n'];
    await gantry.ingest(delivery('/gantry/test/builds', `${deploymentId}/1`, messages));
    expect(sent.get(id)?.at(-1)).toMatchObject({ topic, lines: [{ text: 'one' }] });
  });
});

describe('a consumer with an effect that must not repeat', () => {
  it('applies an event once, however often and in parallel it arrives', async () => {
    const event = { id: newId('event') };
    const key = { pk: `count#${event.id}`, sk: 'count' };
    const effect = {
      item: {
        Update: {
          TableName: 'live-test',
          Key: key,
          UpdateExpression: 'ADD applied :one',
          ExpressionAttributeValues: { ':one': 1 },
        },
      },
    };
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, () => gantry.applyOnce('realtime-push', event, [effect])),
    );
    expect(outcomes.filter((outcome) => outcome === 'applied')).toHaveLength(1);
    const { documents } = await import('@gantry/core/kernel/table.ts');
    const { GetCommand } = await import('@aws-sdk/lib-dynamodb');
    const { Item } = await documents.send(new GetCommand({ TableName: 'live-test', Key: key, ConsistentRead: true }));
    expect(Item).toMatchObject({ applied: 1 });
    expect(await gantry.applyOnce('realtime-leave', event, [effect])).toBe('applied');
  });
});
