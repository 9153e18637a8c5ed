import type { VariableScope } from '@gantry/contract/schemas/variables.ts';
import { CustomAttributeType, type EntityItem } from 'electrodb';
import { Entity } from '../kernel/entity.ts';
import { keys, table } from '../kernel/table.ts';

/** A variable without its value. */
export interface Entry {
  readonly sealed: boolean;
  readonly scope: VariableScope;
  /** The names that its value refers to: `NAME`, `api.NAME` or `shared.NAME`. */
  readonly refersTo: readonly string[];
  readonly changedBy: string;
  readonly changedAt: string;
}

const place = {
  teamId: { type: 'string', required: true },
  projectId: { type: 'string', required: true },
  /** `shared` for variables of all environments of the project. */
  environmentId: { type: 'string', required: true },
  /** `shared` for variables of all services of the environment. */
  serviceId: { type: 'string', required: true },
} as const;

const composite = ['projectId', 'environmentId', 'serviceId'] as const;

/** A set's variables as last applied. */
export const SetEntity = new Entity(
  {
    model: { entity: 'variableSet', service: 'gantry', version: '1' },
    attributes: {
      ...place,
      id: { type: 'string', required: true },
      entries: { type: CustomAttributeType<Readonly<Record<string, Entry>>>('any'), required: true },
      /** Every value, sealed: see `envelope.ts`. */
      values: { type: 'string', required: true },
      version: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: {
          ...keys.primary.sk,
          composite,
          template: 'variables#${projectId}#${environmentId}#${serviceId}',
        },
      },
    },
  },
  table,
);
export type SetRecord = EntityItem<typeof SetEntity>;

/** A set's staged changes. The record stays when it is empty, so that its version only rises. */
export const StagedEntity = new Entity(
  {
    model: { entity: 'stagedVariables', service: 'gantry', version: '1' },
    attributes: {
      ...place,
      entries: { type: CustomAttributeType<Readonly<Record<string, Entry>>>('any'), required: true },
      /** The values of the entries, sealed; absent without any. */
      values: { type: 'string' },
      unset: { type: 'list', items: { type: 'string' }, required: true },
      version: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: {
          ...keys.primary.sk,
          composite,
          template: 'staged#${projectId}#${environmentId}#${serviceId}',
        },
      },
    },
  },
  table,
);
export type StagedRecord = EntityItem<typeof StagedEntity>;

/** One entry of the history: who applied, and the names set and removed. TTL deletes it after a year. */
export const VariableEventEntity = new Entity(
  {
    model: { entity: 'variableEvent', service: 'gantry', version: '1' },
    attributes: {
      ...place,
      /** The version of the set afterwards, in eight digits. */
      order: { type: 'string', required: true },
      set: { type: 'list', items: { type: 'string' }, required: true },
      unset: { type: 'list', items: { type: 'string' }, required: true },
      by: { type: 'string', required: true },
      at: { type: 'string', required: true },
      version: { type: 'number', required: true },
      ttl: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: {
          ...keys.primary.sk,
          composite: [...composite, 'order'],
          template: 'variableEvent#${projectId}#${environmentId}#${serviceId}#${order}',
        },
      },
    },
  },
  table,
);
export type VariableEventRecord = EntityItem<typeof VariableEventEntity>;

/** The sealed variables of a release's app. They have their own record, because lists read the release's record. */
export const ReleaseVariablesEntity = new Entity(
  {
    model: { entity: 'releaseVariables', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      releaseId: { type: 'string', required: true },
      values: { type: 'string', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: { ...keys.primary.sk, composite: ['releaseId'], template: 'releaseVariables#${releaseId}' },
      },
    },
  },
  table,
);
