import * as z from 'zod';

/** An instant, ISO 8601 in UTC. */
export const Instant = z.iso.datetime().meta({ id: 'Instant', example: '2026-11-20T09:30:00.000Z' });

/** A name in addresses: lower-case letters, digits and hyphens, at most 30, beginning with a letter. */
export const Slug = z
  .string()
  .regex(
    /^[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?$/,
    'must be 1 to 30 lower-case letters, digits or hyphens, beginning with a letter',
  )
  .meta({ id: 'Slug', example: 'shop' });

/** A display name. */
export const DisplayName = z
  .string()
  .min(1)
  .max(80)
  .regex(/^(?!\s)[^\p{C}]*(?<!\s)$/u, 'must not hold control characters, nor begin or end with a space')
  .meta({ example: 'Web shop' });

/** Whether a record can be used. While it is being deleted, nothing below it can be created or deployed. */
export const Lifecycle = z.enum(['active', 'deleting']).meta({ id: 'Lifecycle' });
export type Lifecycle = z.infer<typeof Lifecycle>;

const Cursor = z
  .string()
  .max(1024)
  .meta({ description: 'The `next` of the page before; opaque', example: 'eyJwayI6InRlYW0jdGVhbV8wMUoifQ' });

export const PageQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^(?:[1-9]\d?|100)$/, 'must be a number from 1 to 100')
    .meta({ description: 'The most items per page; default 25', example: '25' })
    .optional(),
  cursor: Cursor.optional(),
});

/** A page of `item`: `next` is the cursor of the next page, null at the end. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.strictObject({ items: z.array(item), next: Cursor.nullable() });
}

/** The body of every error: RFC 9457, `application/problem+json`. */
export const Problem = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    kind: z.string(),
    requestId: z.string(),
    fields: z.array(z.strictObject({ field: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;
