import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { DisplayName, Instant, Slug } from './common.ts';

export const Project = z
  .strictObject({
    id: idSchema('project'),
    teamId: idSchema('team'),
    slug: Slug,
    name: DisplayName,
    createdAt: Instant,
    version: z.int(),
  })
  .meta({ id: 'Project' });
export type Project = z.infer<typeof Project>;

export const NewProject = z.strictObject({ slug: Slug, name: DisplayName.optional() }).meta({ id: 'NewProject' });
export type NewProject = z.infer<typeof NewProject>;

export const Environment = z
  .strictObject({
    id: idSchema('environment'),
    projectId: idSchema('project'),
    slug: Slug,
    createdAt: Instant,
    version: z.int(),
  })
  .meta({ id: 'Environment' });
export type Environment = z.infer<typeof Environment>;

export const NewEnvironment = z.strictObject({ slug: Slug }).meta({ id: 'NewEnvironment' });
export type NewEnvironment = z.infer<typeof NewEnvironment>;

export const Health = z
  .strictObject({
    path: z
      .string()
      .regex(/^\/[\w\-./~%]{0,200}$/, 'must be a path such as /healthz')
      .nullable()
      .meta({ description: 'Asked by HTTP; null means that an open port is enough', example: '/healthz' }),
    timeoutSeconds: z
      .int()
      .min(5)
      .max(540)
      .meta({ description: 'How long a new release may take to become healthy', example: 300 }),
  })
  .meta({ id: 'Health' });

export const Service = z
  .strictObject({
    id: idSchema('service'),
    projectId: idSchema('project'),
    slug: Slug,
    kind: z.enum(['web']).meta({ description: 'web: answers HTTP on $PORT' }),
    rootFolder: z
      .string()
      .meta({ description: 'The folder of the source that is built, relative; empty for all of it', example: 'web' }),
    health: Health,
    createdAt: Instant,
    version: z.int(),
  })
  .meta({ id: 'Service' });
export type Service = z.infer<typeof Service>;

export const NewService = z
  .strictObject({
    slug: Slug,
    kind: Service.shape.kind.optional(),
    rootFolder: z
      .string()
      .max(200)
      .regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[\w\-./]*$/, 'must be a relative folder inside the source')
      .meta({ example: 'web' })
      .optional(),
    health: Health.partial().optional(),
  })
  .meta({ id: 'NewService' });
export type NewService = z.infer<typeof NewService>;
