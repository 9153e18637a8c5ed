import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { DisplayName, Instant, Lifecycle, Slug } from './common.ts';
import { Branch } from './source.ts';

export const Project = z
  .strictObject({
    id: idSchema('project'),
    teamId: idSchema('team'),
    slug: Slug,
    name: DisplayName,
    status: Lifecycle,
    createdAt: Instant,
    version: z.int(),
  })
  .meta({ id: 'Project' });
export type Project = z.infer<typeof Project>;

const FixedSlug = Slug.meta({ description: 'Part of addresses; it never changes' });

export const NewProject = z.strictObject({ slug: FixedSlug, name: DisplayName.optional() }).meta({ id: 'NewProject' });
export type NewProject = z.infer<typeof NewProject>;

export const ProjectChange = z.strictObject({ name: DisplayName.optional() }).meta({ id: 'ProjectChange' });
export type ProjectChange = z.infer<typeof ProjectChange>;

const TrackedBranch = Branch.nullable().meta({
  description:
    "Pushes to this branch deploy here the project's services that come from a repository; where null, the environment production gets each service's own branch, and others get none",
  example: 'develop',
});

export const Environment = z
  .strictObject({
    id: idSchema('environment'),
    projectId: idSchema('project'),
    slug: Slug,
    name: DisplayName,
    branch: TrackedBranch,
    status: Lifecycle,
    createdAt: Instant,
    version: z.int(),
  })
  .meta({ id: 'Environment' });
export type Environment = z.infer<typeof Environment>;

export const NewEnvironment = z
  .strictObject({ slug: FixedSlug, name: DisplayName.optional(), branch: TrackedBranch.optional() })
  .meta({ id: 'NewEnvironment' });
export type NewEnvironment = z.infer<typeof NewEnvironment>;

export const EnvironmentChange = z
  .strictObject({ name: DisplayName, branch: TrackedBranch })
  .partial()
  .meta({ id: 'EnvironmentChange' });
export type EnvironmentChange = z.infer<typeof EnvironmentChange>;

/** The deletion of anything live needs the name as confirmation. */
export const Confirmation = z.strictObject({
  confirm: Slug.optional().meta({
    description: "The project's slug. Needed for the environment production and for a project with live services",
  }),
});
export type Confirmation = z.infer<typeof Confirmation>;
