import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { until } from '../../until.ts';

export interface Database {
  readonly endpoint: string;
  stop(): void;
}

/** How often to try another port: another program may take a free port before the database listens. */
const TRIES = 5;

/** A DynamoDB in memory with the product's table, for one test file. */
export async function startDatabase(tableName: string, tries = TRIES): Promise<Database> {
  const folder = createRequire(import.meta.url).resolve('@dynoxide/linux-x64/package.json');
  const port = await freePort();
  const child = spawn(join(folder, '../dynoxide'), ['serve', '--port', String(port)], { stdio: 'ignore' });
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new DynamoDBClient({
    endpoint,
    region: 'xx-local-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  try {
    await untilUp(client, child);
    await client.send(new CreateTableCommand(tableOf(tableName)));
  } catch (error) {
    child.kill('SIGKILL');
    if (child.exitCode === null || tries === 1) throw error;
    return startDatabase(tableName, tries - 1);
  } finally {
    client.destroy();
  }
  return { endpoint, stop: () => void child.kill('SIGKILL') };
}

function tableOf(TableName: string) {
  const names = ['pk', 'sk', 'gsi1pk', 'gsi1sk'];
  const key = (prefix: string) => [
    { AttributeName: `${prefix}pk`, KeyType: 'HASH' as const },
    { AttributeName: `${prefix}sk`, KeyType: 'RANGE' as const },
  ];
  return {
    TableName,
    BillingMode: 'PAY_PER_REQUEST' as const,
    AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
    KeySchema: key(''),
    GlobalSecondaryIndexes: [
      { IndexName: 'gsi1', KeySchema: key('gsi1'), Projection: { ProjectionType: 'ALL' as const } },
    ],
  };
}

async function untilUp(client: DynamoDBClient, child: ChildProcess): Promise<void> {
  await until('the database answers', async () => {
    if (child.exitCode !== null) throw new Error(`the database ended with code ${child.exitCode}`);
    return client.send(new ListTablesCommand({})).catch(() => undefined);
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
