import { Entity } from 'electrodb';
import { keys, table } from '../table.ts';

/** An event that waits in the table's stream for the relay. TTL takes it away once it can no longer be needed for a redrive. */
export const OutboxEntity = new Entity(
  {
    model: { entity: 'outbox', service: 'gantry', version: '1' },
    attributes: {
      id: { type: 'string', required: true },
      envelope: { type: 'string', required: true },
      ttl: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['id'], template: 'event#${id}' },
        sk: { ...keys.primary.sk, composite: [], template: 'event' },
      },
    },
  },
  table,
);

/** Who changed what and when: one row for each event, by team and month. */
export const AuditEntity = new Entity(
  {
    model: { entity: 'audit', service: 'gantry', version: '1' },
    attributes: {
      teamId: { type: 'string', required: true },
      month: { type: 'string', required: true },
      eventId: { type: 'string', required: true },
      name: { type: 'string', required: true },
      target: { type: 'string', required: true },
      actor: { type: 'string', required: true },
      at: { type: 'string', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['teamId', 'month'], template: 'team#${teamId}#audit#${month}' },
        sk: { ...keys.primary.sk, composite: ['eventId'], template: '${eventId}' },
      },
    },
  },
  table,
);
