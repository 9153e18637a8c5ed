import type { EntityItem } from 'electrodb';
import { Entity } from '../entity.ts';
import { keys, table } from '../table.ts';

/** The audit log: one row per event, by team and month, in order of time. */
export const AuditEntity = new Entity(
  {
    model: { entity: 'audit', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      month: { type: 'string', required: true },
      at: { type: 'string', required: true },
      eventId: { type: 'string', required: true },
      name: { type: 'string', required: true },
      target: { type: 'string', required: true },
      actor: { type: 'string', required: true },
      requestId: { type: 'string' },
      /** Details beyond the ids. */
      detail: { type: 'string' },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId', 'month'], template: 'team#${teamId}#audit#${month}' },
        sk: { ...keys.primary.sk, composite: ['at', 'eventId'], template: '${at}#${eventId}' },
      },
    },
  },
  table,
);
export type AuditRecord = EntityItem<typeof AuditEntity>;
