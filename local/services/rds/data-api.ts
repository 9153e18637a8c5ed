import { Client, DatabaseError } from 'pg';
import type { Access } from '../../kernel/access.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { ManagedSecrets } from '../../kernel/ports.ts';
import { AwsError, type Service } from '../../kernel/service.ts';
import { operation } from '../../wire/operation.ts';
import type { Cluster } from './records.ts';

interface ExecuteInput {
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly sql: string;
  readonly database?: string;
}

/** The content of a master user's secret. */
interface Login {
  readonly username: string;
  readonly password: string;
}

const STATEMENT_MS = 45_000;

/**
 * The Data API: runs a statement in a cluster with the credentials of a secret that the caller may read.
 * https://docs.aws.amazon.com/rdsdataservice/latest/APIReference/API_ExecuteStatement.html
 */
export function createDataApi(
  kernel: Kernel,
  secrets: ManagedSecrets,
  find: (arn: string) => Cluster | undefined,
): Service {
  const ExecuteStatement = operation({
    uses: ['resourceArn', 'secretArn', 'sql', 'database'],
    access: ({ resourceArn }: ExecuteInput): readonly Access[] => [
      { action: 'rds-data:ExecuteStatement', resource: resourceArn },
    ],
    async handle({ resourceArn, secretArn, sql, database }: ExecuteInput, { principal }) {
      kernel.meter.count('rds-data.requests');
      const cluster = find(resourceArn);
      if (cluster === undefined)
        throw new AwsError('DatabaseNotFoundException', `DB cluster ${resourceArn} not found`, 404);
      if (!cluster.dataApi) throw new AwsError('HttpEndpointNotEnabledException', 'HttpEndpoint is not enabled');
      if (cluster.status !== 'available')
        throw new AwsError('DatabaseUnavailableException', `The DB cluster is ${cluster.status}`, 504);
      const { username, password } = JSON.parse(secrets.read(secretArn, principal)) as Login;
      return run(cluster, { username, password }, sql, database ?? cluster.database);
    },
  });
  return {
    signingName: 'rds-data',
    protocol: 'rest-json',
    model: () => import('@aws-sdk/client-rds-data'),
    operations: { ExecuteStatement },
  };
}

async function run({ port }: Cluster, { username, password }: Login, sql: string, database: string) {
  const client = new Client({
    ...{ host: '127.0.0.1', port, user: username, password, database, statement_timeout: STATEMENT_MS },
    // The server made its certificate itself, and nobody else can listen at its port.
    ssl: { rejectUnauthorized: false },
  });
  // A server that goes away in between fails the query too.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows, rowCount, command } = await client.query<Record<string, unknown>>(sql);
    if (rows.length === 0) return { numberOfRecordsUpdated: rowCount ?? 0, generatedFields: [] };
    if (command !== 'SELECT') throw notPlayed(`rows of ${command}`);
    return { numberOfRecordsUpdated: 0, records: rows.map((row) => Object.values(row).map(fieldOf)) };
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    throw new AwsError('DatabaseErrorException', `ERROR: ${error.message}; SQLState: ${error.code ?? ''}`);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** A value as the Data API answers it. https://docs.aws.amazon.com/rdsdataservice/latest/APIReference/API_Field.html */
function fieldOf(value: unknown): object {
  if (value === null) return { isNull: true };
  if (typeof value === 'boolean') return { booleanValue: value };
  // A count is an int8, which the driver answers as text.
  if (typeof value === 'number' || (typeof value === 'string' && /^\d{1,15}$/.test(value)))
    return { longValue: Number(value) };
  if (typeof value === 'string') return { stringValue: value };
  throw notPlayed('a value of this type');
}

function notPlayed(what: string): AwsError {
  return new AwsError('BadRequestException', `local cloud: ${what} as an answer is not emulated`);
}
