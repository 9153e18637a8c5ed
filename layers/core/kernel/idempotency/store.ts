import type { EntityItem } from 'electrodb';
import { Entity } from '../entity.ts';
import { keys, table } from '../table.ts';

/** A request that was carried out under an `Idempotency-Key`, and its answer. */
export const IdempotencyEntity = new Entity(
  {
    model: { entity: 'idempotency', service: 'gantry', version: '1' },
    attributes: {
      /** A hash of caller, operation, path and key. */
      hash: { type: 'string', required: true },
      /** A hash of the request: the same key with another content is a mistake of the client. */
      fingerprint: { type: 'string', required: true },
      /** The execution that wrote the record: only this one may add its answer. */
      execution: { type: 'string', required: true },
      /** Milliseconds since 1970. */
      committedAt: { type: 'number', required: true },
      /** The answer, sealed; absent between an effect and its answer if the operation did not announce it. */
      answer: { type: 'string' },
      ttl: { type: 'number', required: true },
    },
    indexes: {
      primary: {
        pk: { ...keys.primary.pk, composite: ['hash'], template: 'idempotency#${hash}' },
        sk: { ...keys.primary.sk, composite: [], template: 'idempotency' },
      },
    },
  },
  table,
);
export type IdempotencyRecord = EntityItem<typeof IdempotencyEntity>;
