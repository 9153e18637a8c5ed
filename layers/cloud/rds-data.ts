import { ExecuteStatementCommand, RDSDataClient } from '@aws-sdk/client-rds-data';
import { GantryError } from '@gantry/contract/errors.ts';
import { clientDefaults } from './client.ts';
import { available, awsErrorName } from './failures.ts';

/** A cluster that has paused needs some fifteen seconds to answer again. */
const data = new RDSDataClient({
  ...clientDefaults,
  requestHandler: { ...clientDefaults.requestHandler, requestTimeout: 40_000 },
});

/** The target of statements: the ARNs of a cluster and of the secret with the credentials. */
export interface SqlTarget {
  readonly cluster: string;
  readonly secret: string;
  readonly database: string;
}

/** Runs statements one after the other, each in a transaction of its own. Nothing has to reach the cluster's network for that. */
export async function runSql(target: SqlTarget, statements: readonly string[]): Promise<void> {
  for (const sql of statements) {
    const command = new ExecuteStatementCommand({
      resourceArn: target.cluster,
      secretArn: target.secret,
      database: target.database,
      sql,
    });
    await awake(() => data.send(command));
  }
}

/** The number that a query of one value answers. */
export async function numberOfSql({ cluster, secret, database }: SqlTarget, sql: string): Promise<number> {
  const command = new ExecuteStatementCommand({ resourceArn: cluster, secretArn: secret, database, sql });
  const { records } = await awake(() => data.send(command));
  const value = records?.[0]?.[0]?.longValue;
  if (value === undefined) throw new Error('The query answered no number');
  return value;
}

/** A cluster that has paused refuses the call that wakes it. */
async function awake<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await available('The database', call);
  } catch (error) {
    if (awsErrorName(error) !== 'DatabaseResumingException') throw error;
    throw new GantryError('Unavailable', 'The database was paused and is starting. Try again in 15 seconds.', [], {
      cause: error,
      retryAfterSeconds: 15,
    });
  }
}
