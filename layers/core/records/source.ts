import type { EntityItem } from 'electrodb';
import { Entity } from '../kernel/entity.ts';
import { keys, table } from '../kernel/table.ts';

/** A source archive that a client may upload. */
export const UploadEntity = new Entity(
  {
    model: { entity: 'upload', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      serviceId: { type: 'string', required: true },
      id: { type: 'string', required: true },
      key: { type: 'string', required: true },
      /** The SHA-256 of its archive, in hexadecimal digits; absent in older records. */
      sha256: { type: 'string' },
      createdBy: { type: 'string', required: true },
      ttl: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId'], template: 'team#${teamId}' },
        sk: { ...keys.primary.sk, composite: ['serviceId', 'id'], template: 'upload#${serviceId}#${id}' },
      },
    },
  },
  table,
);
export type UploadRecord = EntityItem<typeof UploadEntity>;
