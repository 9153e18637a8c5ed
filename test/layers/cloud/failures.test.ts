import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { clientDefaults } from '@gantry/cloud/client.ts';
import { available } from '@gantry/cloud/failures.ts';
import { describe, expect, it } from '@jest/globals';
import { patience } from '../../patience.ts';

describe('a call to AWS', () => {
  it('that gets no answer in time fails as Unavailable while its function can still answer', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = new DynamoDBClient({
      ...clientDefaults,
      requestHandler: { ...clientDefaults.requestHandler, requestTimeout: 50 },
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'xx-local-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    try {
      const abortSignal = AbortSignal.timeout(patience(20_000));
      const call = available('The database', () => client.send(new ListTablesCommand({}), { abortSignal }));
      await expect(call).rejects.toMatchObject({ kind: 'Unavailable' });
    } finally {
      client.destroy();
      server.closeAllConnections();
      server.close();
    }
  });
});
