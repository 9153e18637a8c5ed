import * as z from 'zod';
import { type EventName, events } from '../events.ts';
import { idSchema } from '../ids.ts';
import { Instant, PageQuery } from './common.ts';

/** One entry per event: the action, its user, its target and its time. */
export const AuditEntry = z
  .strictObject({
    id: idSchema('event').meta({ description: 'The id of the event that was committed with it' }),
    event: z.string().meta({ description: "The event's name", example: 'project.created' }),
    actor: z.string().meta({ description: 'The user who did it, or the part of the platform that did' }),
    target: z.string().meta({ description: 'The id of the changed object' }),
    at: Instant,
    detail: z
      .string()
      .nullable()
      .default(null)
      .meta({ description: 'Details beyond the ids: for a command, its replica and its text', example: null }),
    requestId: z.string().nullable().meta({ description: 'The request that caused it; null if no request did' }),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof AuditEntry>;

const Term = z.string().min(1).max(100);

export const AuditQuery = z.strictObject({
  ...PageQuery.shape,
  actor: Term.optional().meta({ description: 'Only actions of this user, or of this part of the platform' }),
  target: Term.optional().meta({ description: 'Only actions on the record with this id' }),
  event: z
    .enum(Object.keys(events) as [EventName, ...EventName[]])
    .optional()
    .meta({ description: 'Only events of this name' }),
  from: Instant.optional().meta({ description: 'Only from this instant on' }),
  to: Instant.optional().meta({ description: 'Only up to this instant, inclusive' }),
});
export type AuditQuery = z.infer<typeof AuditQuery>;
