import type { EntityItem } from 'electrodb';
import { Entity } from '../entity.ts';
import { keys, table } from '../table.ts';

/** The audit: one row for each event, by team and month, in the order of time. */
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
      /** Details that the ids do not tell. */
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
