import { serviceKinds } from '@gantry/contract/enums.ts';
import type {
  BuildSettings,
  Health,
  ReleaseSettings,
  RuntimeSettings,
  Scaling,
} from '@gantry/contract/schemas/services.ts';
import type { ServiceSource } from '@gantry/contract/schemas/source.ts';
import { CustomAttributeType, type EntityItem } from 'electrodb';
import type { z } from 'zod';
import { Entity } from '../kernel/entity.ts';
import { keys, table } from '../kernel/table.ts';

/** The number of a team's projects. It has its own record, so that counting does not contend with changes to the team. */
export const ProjectCountEntity = new Entity(
  {
    model: { entity: 'projectCount', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      projects: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: { ...keys.primary.sk, composite: [], template: 'projectCount' },
      },
    },
  },
  table,
);

export const ProjectEntity = new Entity(
  {
    model: { entity: 'project', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      id: { type: 'string', required: true },
      slug: { type: 'string', required: true },
      name: { type: 'string', required: true },
      /** The counts of its children. They change without a new version, because they are not shown. */
      environments: { type: 'number', required: true },
      services: { type: 'number', required: true },
      /** Absent in older records, from before databases. */
      databases: { type: 'number' },
      /** When its deletion was last requested; the value goes with the record. */
      deletingSince: { type: 'string' },
      createdAt: { type: 'string', required: true },
      version: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: { ...keys.primary.sk, composite: ['id'], template: 'project#${id}' },
      },
    },
  },
  table,
);
export type ProjectRecord = EntityItem<typeof ProjectEntity>;

export const EnvironmentEntity = new Entity(
  {
    model: { entity: 'environment', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      projectId: { type: 'string', required: true },
      id: { type: 'string', required: true },
      slug: { type: 'string', required: true },
      name: { type: 'string', required: true },
      /** The branch whose pushes deploy here. */
      branch: { type: 'string' },
      deletingSince: { type: 'string' },
      createdAt: { type: 'string', required: true },
      version: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: { ...keys.primary.sk, composite: ['projectId', 'id'], template: 'environment#${projectId}#${id}' },
      },
    },
  },
  table,
);
export type EnvironmentRecord = EntityItem<typeof EnvironmentEntity>;

interface ServiceCredential {
  /** The only origin that gets the credential: scheme, host and port. */
  readonly origin: string;
  readonly username: string;
  readonly sealed: string;
}

export const ServiceEntity = new Entity(
  {
    model: { entity: 'service', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      projectId: { type: 'string', required: true },
      id: { type: 'string', required: true },
      slug: { type: 'string', required: true },
      name: { type: 'string', required: true },
      kind: { type: serviceKinds, required: true },
      /** For a cron service. */
      schedule: { type: 'string' },
      /** For a cron service; UTC if absent. */
      timezone: { type: 'string' },
      source: { type: CustomAttributeType<ServiceSource>('any'), required: true },
      /** The number of its repository on GitHub; absent in older records. */
      repositoryId: { type: 'string' },
      /** For a git server; the token is sealed. */
      credential: { type: CustomAttributeType<ServiceCredential>('any') },
      rootFolder: { type: 'string', required: true },
      build: { type: CustomAttributeType<z.infer<typeof BuildSettings>>('any'), required: true },
      runtime: { type: CustomAttributeType<z.infer<typeof RuntimeSettings>>('any'), required: true },
      release: { type: CustomAttributeType<z.infer<typeof ReleaseSettings>>('any'), required: true },
      health: { type: CustomAttributeType<z.infer<typeof Health>>('any'), required: true },
      scaling: { type: CustomAttributeType<z.infer<typeof Scaling>>('any'), required: true },
      deletingSince: { type: 'string' },
      createdAt: { type: 'string', required: true },
      version: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: { ...keys.primary.sk, composite: ['projectId', 'id'], template: 'service#${projectId}#${id}' },
      },
    },
  },
  table,
);
export type ServiceRecord = EntityItem<typeof ServiceEntity>;

/** A taken slug in its parent, written with its owner, so that two creations of one name cannot both succeed. */
export const SlugEntity = new Entity(
  {
    model: { entity: 'slug', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      /** `project`, `environment#prj_…` or `service#prj_…`. */
      scope: { type: 'string', required: true },
      slug: { type: 'string', required: true },
      target: { type: 'string', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: { ...keys.primary.sk, composite: ['scope', 'slug'], template: 'slug#${scope}#${slug}' },
      },
    },
  },
  table,
);
