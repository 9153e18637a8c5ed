import { Entity } from '../entity.ts';
import { keys, table } from '../table.ts';

/** An event that waits in the table's stream for the relay. TTL deletes it once no redrive can need it. */
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

/** An event that a consumer has applied and must not apply twice. */
export const AppliedEntity = new Entity(
  {
    model: { entity: 'applied', service: 'gantry', version: '1' },
    attributes: {
      consumer: { type: 'string', required: true },
      eventId: { type: 'string', required: true },
      ttl: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['consumer', 'eventId'], template: 'applied#${consumer}#${eventId}' },
        sk: { ...keys.primary.sk, composite: [], template: 'applied' },
      },
    },
  },
  table,
);
