import { Entity, type EntityItem } from 'electrodb';
import { keys, table } from '../table.ts';

export const ProjectEntity = new Entity(
  {
    model: { entity: 'project', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      id: { type: 'string', required: true },
      slug: { type: 'string', required: true },
      name: { type: 'string', required: true },
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

export const ServiceEntity = new Entity(
  {
    model: { entity: 'service', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      projectId: { type: 'string', required: true },
      id: { type: 'string', required: true },
      slug: { type: 'string', required: true },
      kind: { type: ['web'] as const, required: true },
      rootFolder: { type: 'string', required: true },
      health: {
        type: 'map',
        required: true,
        properties: { path: { type: 'string' }, timeoutSeconds: { type: 'number', required: true } },
      },
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

/** A slug that is taken in its parent: written with whatever carries it, so that two creations of one name can't both succeed. */
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
