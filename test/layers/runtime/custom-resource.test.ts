import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CustomResource, customResource } from '@gantry/runtime/custom-resource.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

/** CloudFormation's answer address: a presigned PUT. It refuses the first `refusals` answers. */
let answers: { method?: string; contentType?: string; body: Record<string, unknown> }[] = [];
let refusals = 0;
let server: Server;
let url = '';

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (refusals > 0) {
        refusals--;
        response.writeHead(503).end();
        return;
      }
      const { method, headers } = request;
      answers.push({
        ...(method !== undefined && { method }),
        ...(headers['content-type'] !== undefined && { contentType: headers['content-type'] }),
        body: JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>,
      });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/answer?signature=1`;
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

beforeEach(() => {
  answers = [];
  refusals = 0;
});

function request(RequestType: 'Create' | 'Update' | 'Delete') {
  return {
    RequestType,
    ResponseURL: url,
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Objects',
    ResourceProperties: { Name: 'x' },
  };
}

const roomy = { getRemainingTimeInMillis: () => 60_000 };
const resource: CustomResource = {
  id: 'thing',
  apply: async () => ({ Address: 'a.example' }),
  remove: async () => undefined,
};

describe('a custom resource', () => {
  it('answers CloudFormation with the same physical id on create, update and delete', async () => {
    for (const type of ['Create', 'Update', 'Delete'] as const) await customResource(resource)(request(type), roomy);
    expect(answers.map(({ body }) => [body.Status, body.PhysicalResourceId, body.RequestId])).toEqual([
      ['SUCCESS', 'thing', 'request'],
      ['SUCCESS', 'thing', 'request'],
      ['SUCCESS', 'thing', 'request'],
    ]);
    expect(answers[0]).toMatchObject({ method: 'PUT', body: { Data: { Address: 'a.example' } } });
    expect(answers[2]?.body).not.toHaveProperty('Data');
    expect(answers[0]?.contentType ?? '').toBe('');
  });

  it('deletes on Delete, and applies on Create and Update', async () => {
    const done: string[] = [];
    const noted: CustomResource = {
      id: 'thing',
      apply: async ({ Name }) => {
        done.push(`apply ${Name}`);
        return {};
      },
      remove: async ({ Name }) => void done.push(`remove ${Name}`),
    };
    await customResource(noted)(request('Update'), roomy);
    await customResource(noted)(request('Delete'), roomy);
    expect(done).toEqual(['apply x', 'remove x']);
  });

  it('tells CloudFormation why it failed', async () => {
    const failing: CustomResource = { ...resource, apply: () => Promise.reject(new Error('no such cluster')) };
    await customResource(failing)(request('Create'), roomy);
    expect(answers[0]?.body).toMatchObject({ Status: 'FAILED', Reason: 'no such cluster' });
  });

  it('answers before its own time is up, even when the work never ends', async () => {
    const endless: CustomResource = { ...resource, apply: () => new Promise(() => undefined) };
    await customResource(endless)(request('Create'), { getRemainingTimeInMillis: () => 25_100 });
    expect(answers[0]?.body).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('time') });
  });

  it('sends its answer again when the first try fails', async () => {
    refusals = 1;
    await customResource(resource)(request('Create'), roomy);
    expect(answers).toHaveLength(1);
  });
});
