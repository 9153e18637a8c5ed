import { isDeepStrictEqual } from 'node:util';
import type { ResourceType } from '../../kernel/resource.ts';
import { AwsError } from '../../kernel/service.ts';
import { type Engine, type Json, table } from './engine.ts';
import { localArns, tableArn } from './operations.ts';
import type { Streams } from './stream.ts';
import type { TableKeys } from './tables.ts';
import type { Expiring } from './upkeep.ts';

interface Index {
  readonly IndexName: string;
  readonly KeySchema: readonly { readonly AttributeName: string; readonly KeyType: string }[];
  readonly Projection: unknown;
}

interface TableProperties {
  readonly TableName?: string;
  readonly KeySchema: Index['KeySchema'];
  readonly AttributeDefinitions: readonly { readonly AttributeName: string; readonly AttributeType: string }[];
  readonly GlobalSecondaryIndexes?: readonly Index[];
  readonly BillingMode?: string;
  readonly StreamSpecification?: { readonly StreamViewType: string };
  readonly TimeToLiveSpecification?: { readonly AttributeName: string; readonly Enabled: boolean | string };
}

interface Description extends Omit<TableProperties, 'StreamSpecification'> {
  readonly TableId?: string;
  readonly StreamSpecification?: { readonly StreamEnabled?: boolean; readonly StreamViewType?: string };
  readonly LatestStreamArn?: string;
}

/** On-demand tables. An existing table keeps its items; new indexes and the stream are added. */
export function tableType(
  engine: () => Promise<Engine>,
  streams: Streams,
  expiring: Map<string, Expiring>,
  tables: Map<string, TableKeys>,
  forgetStream: (name: string) => void,
): ResourceType {
  return {
    type: 'AWS::DynamoDB::Table',
    uses: [
      'TableName',
      'KeySchema',
      'AttributeDefinitions',
      'GlobalSecondaryIndexes',
      'BillingMode',
      'StreamSpecification.StreamViewType',
      'TimeToLiveSpecification.AttributeName',
      'TimeToLiveSpecification.Enabled',
    ],
    inert: {
      PointInTimeRecoverySpecification: 'backups are copies of the data folder here',
      DeletionProtectionEnabled: 'nothing deletes a table here but removing the data folder',
      SSESpecification: 'encryption at rest has no effect that a client can see',
      ContributorInsightsSpecification: 'metrics of AWS alone',
      TableClass: 'a matter of price alone',
      Tags: 'tags have no effect',
    },
    async declare(properties, place) {
      const given = properties as unknown as TableProperties;
      if (given.BillingMode !== 'PAY_PER_REQUEST') {
        throw new Error(`${place.at}: local cloud: BillingMode other than PAY_PER_REQUEST is not emulated`);
      }
      const name = given.TableName ?? place.name(255);
      const source = await engine();
      const found = (await describe(source, name)) ?? (await create(source, name, given));
      if (!isDeepStrictEqual(found.KeySchema, given.KeySchema)) {
        throw new Error(
          `${place.at}: the keys of table ${name} changed. AWS would replace the table: start with --reset`,
        );
      }
      const current = await update(source, name, given, found);
      tables.set(name, keysOf(given));
      const ttl = given.TimeToLiveSpecification;
      if (ttl !== undefined && String(ttl.Enabled) === 'true') {
        const keys = given.KeySchema.map(({ AttributeName }) => AttributeName);
        expiring.set(name, { name, attribute: ttl.AttributeName, keys, cursor: undefined });
      }
      const StreamArn = current.LatestStreamArn === undefined ? undefined : localArns(current.LatestStreamArn);
      if (StreamArn !== undefined && current.LatestStreamArn !== undefined) {
        streams.add(StreamArn, current.LatestStreamArn);
      }
      const Arn = tableArn(name);
      return {
        ref: name,
        attributes: { Arn, TableId: current.TableId, ...(StreamArn === undefined ? {} : { StreamArn }) },
      };
    },
    async remove(name) {
      tables.delete(name);
      expiring.delete(name);
      await (await engine()).call(table('DeleteTable'), { TableName: name });
      forgetStream(name);
    },
  };
}

async function describe(engine: Engine, TableName: string): Promise<Description | undefined> {
  try {
    return (await engine.call(table('DescribeTable'), { TableName })).Table as Description;
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

async function create(engine: Engine, TableName: string, given: TableProperties): Promise<Description> {
  const indexes = given.GlobalSecondaryIndexes?.map(indexOf);
  await engine.call(table('CreateTable'), {
    TableName,
    KeySchema: given.KeySchema,
    AttributeDefinitions: given.AttributeDefinitions,
    BillingMode: 'PAY_PER_REQUEST',
    ...(indexes === undefined ? {} : { GlobalSecondaryIndexes: indexes }),
    ...(given.StreamSpecification === undefined ? {} : streamOf(given.StreamSpecification)),
  });
  return required(engine, TableName);
}

/** Adds the template's new indexes and stream to the table. Other changes are refused by name. */
async function update(
  engine: Engine,
  TableName: string,
  given: TableProperties,
  found: Description,
): Promise<Description> {
  const changes: Json[] = [];
  for (const index of given.GlobalSecondaryIndexes ?? []) {
    const known = found.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === index.IndexName);
    if (known === undefined) {
      const { AttributeDefinitions } = given;
      changes.push({ AttributeDefinitions, GlobalSecondaryIndexUpdates: [{ Create: indexOf(index) }] });
    } else if (!isDeepStrictEqual(known.KeySchema, index.KeySchema)) {
      throw new Error(`The keys of index ${index.IndexName} of table ${TableName} changed: start with --reset`);
    }
  }
  if (given.StreamSpecification !== undefined && found.StreamSpecification?.StreamEnabled !== true) {
    changes.push(streamOf(given.StreamSpecification));
  }
  for (const change of changes) await engine.call(table('UpdateTable'), { TableName, ...change });
  return changes.length === 0 ? found : required(engine, TableName);
}

async function required(engine: Engine, name: string): Promise<Description> {
  const found = await describe(engine, name);
  if (found === undefined) throw new Error(`Table ${name} was created but does not exist`);
  return found;
}

function keysOf({ KeySchema, GlobalSecondaryIndexes = [], AttributeDefinitions }: TableProperties): TableKeys {
  const names = (schema: Index['KeySchema']) => schema.map(({ AttributeName }) => AttributeName);
  return {
    keys: names(KeySchema),
    indexes: new Map(GlobalSecondaryIndexes.map((index) => [index.IndexName, names(index.KeySchema)])),
    types: new Map(AttributeDefinitions.map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType])),
  };
}

const indexOf = ({ IndexName, KeySchema, Projection }: Index): Index => ({ IndexName, KeySchema, Projection });

const streamOf = ({ StreamViewType }: { readonly StreamViewType: string }): Json => ({
  StreamSpecification: { StreamEnabled: true, StreamViewType },
});
