import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { available } from '@gantry/cloud/failures.ts';
import { execEnds, type TerminalSize } from '@gantry/contract/schemas/exec.ts';
import { CustomAttributeType, type EntityItem } from 'electrodb';
import { Entity } from '../kernel/entity.ts';
import { type Lookup, lookupOf } from '../kernel/lookup.ts';
import { documents, keys, table, tableName } from '../kernel/table.ts';

/** A command that a user runs in a replica. */
export const ExecEntity = new Entity(
  {
    model: { entity: 'exec', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      id: { type: 'string', required: true },
      projectId: { type: 'string', required: true },
      environmentId: { type: 'string', required: true },
      serviceId: { type: 'string', required: true },
      userId: { type: 'string', required: true },
      replica: { type: 'string', required: true },
      /** As in the audit log: secrets are masked. */
      command: { type: 'list', items: { type: 'string' }, required: true },
      /** The command as given. It is deleted as soon as the command starts. */
      given: { type: 'list', items: { type: 'string' } },
      terminal: { type: CustomAttributeType<TerminalSize>('any') },
      /** Its place among those of the service. */
      slot: { type: 'number', required: true },
      /** The one connection that follows the session. */
      connectionId: { type: 'string' },
      /** When a broker claimed the session, which happens once. */
      claimedAt: { type: 'string' },
      end: { type: execEnds },
      exitCode: { type: 'number' },
      detail: { type: 'string' },
      createdAt: { type: 'string', required: true },
      endedAt: { type: 'string' },
      version: { type: 'number', required: true },
      ttl: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: { ...keys.primary.sk, composite: ['id'], template: 'exec#${id}' },
      },
    },
  },
  table,
);
export type ExecRecord = EntityItem<typeof ExecEntity>;

export const execAt = (teamId: string, id: string): Lookup<ExecRecord> =>
  lookupOf(`session ${id}`, ExecEntity.get({ teamId, id }), (item) => ExecEntity.parse(item));

/** A place for a session of a service in an environment. It is free after its time; a running broker extends that time. */
export const ExecSlotEntity = new Entity(
  {
    model: { entity: 'execSlot', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      serviceId: { type: 'string', required: true },
      environmentId: { type: 'string', required: true },
      slot: { type: 'number', required: true },
      execId: { type: 'string', required: true },
      /** Milliseconds since 1970. */
      until: { type: 'number', required: true },
      all: { type: 'string', required: true, default: 'all' },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: {
          ...keys.primary.sk,
          composite: ['serviceId', 'environmentId', 'slot'],
          template: 'exec-slot#${serviceId}#${environmentId}#${slot}',
        },
      },
      /** All taken places, for the clean-up of lost sessions. */
      taken: {
        index: keys.gsi1.index,
        pk: { ...keys.gsi1.pk, composite: ['all'], template: 'exec-slots#${all}' },
        sk: { ...keys.gsi1.sk, composite: ['execId'], template: 'exec#${execId}' },
      },
    },
  },
  table,
);
export type ExecSlotRecord = EntityItem<typeof ExecSlotEntity>;

/** Input that the broker has not read yet. It is in the partition of the subscription that permits it, so that one read finds both. */
export const ExecInputEntity = new Entity(
  {
    model: { entity: 'execInput', service: 'gantry', version: '1' },
    attributes: {
      topic: { type: 'string', required: true },
      sequence: { type: 'number', required: true, padding: { length: 7, char: '0' } },
      /** Base64. */
      data: { type: 'string' },
      end: { type: 'boolean' },
      size: { type: CustomAttributeType<TerminalSize>('any') },
      ttl: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['topic'], template: 'topic#${topic}' },
        sk: { ...keys.primary.sk, composite: ['sequence'], template: 'input#${sequence}' },
      },
    },
  },
  table,
);
export type ExecInputRecord = EntityItem<typeof ExecInputEntity>;

/** The number of a topic's records that one read takes. */
const PAGE = 100;

/** The unread input in order, and the connections that follow the topic: one strongly consistent query. */
export async function readTyped(topic: string) {
  const command = new QueryCommand({
    TableName: tableName,
    KeyConditionExpression: 'pk = :topic',
    ExpressionAttributeValues: { ':topic': `topic#${topic}` },
    ConsistentRead: true,
    Limit: PAGE,
  });
  const { Items = [] } = await available('The database', () => documents.send(command));
  const typed = Items.filter((item) => item.__edb_e__ === 'execInput');
  const followers = Items.flatMap(({ connectionId }) => (typeof connectionId === 'string' ? [connectionId] : []));
  return { followers, inputs: ExecInputEntity.parse({ Items: typed }).data };
}
