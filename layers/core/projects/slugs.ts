import { GantryError } from '@gantry/contract/errors.ts';
import { item } from '../kernel/entity.ts';
import { type Lookup, lookUp, optional } from '../kernel/lookup.ts';
import type { Write } from '../kernel/write.ts';
import { databaseAt } from '../records/databases.ts';
import { environmentAt, projectAt, serviceAt } from '../records/project-lookups.ts';
import { SlugEntity } from '../records/projects.ts';

/** The scope in which a slug is unique: a team's projects, a project's environments or services, or an environment's databases. */
export type SlugScope = 'project' | `environment#${string}` | `service#${string}` | `database#${string}#${string}`;

/** A deletion may have ended after this many seconds: clients do not wait so long by themselves. */
const AGAIN_SECONDS = 15;

class SlugTaken extends GantryError {
  readonly teamId: string;
  readonly scope: SlugScope;
  readonly slug: string;

  constructor(teamId: string, scope: SlugScope, slug: string) {
    const [what = ''] = scope.split('#');
    super(
      'Conflict',
      `There is already ${what === 'environment' ? 'an' : 'a'} ${what} called ${slug} here. Choose another name.`,
      [{ field: 'body.slug', message: 'is taken' }],
    );
    this.teamId = teamId;
    this.scope = scope;
    this.slug = slug;
  }
}

/** The write that claims a slug. The second of two parallel ones is a Conflict. */
export function claimSlug(teamId: string, scope: SlugScope, slug: string, target: string): Write {
  return {
    item: item.put(SlugEntity.create({ teamId, scope, slug, target })),
    otherwise: new SlugTaken(teamId, scope, slug),
  };
}

/** Throws Conflict if an object of the other kind has the slug: a reference in a variable could mean either. */
export async function requireNoOther(teamId: string, scope: SlugScope, slug: string): Promise<void> {
  const { data } = await SlugEntity.get({ teamId, scope, slug }).go({ consistent: true });
  if (data !== null) throw nameTaken(scope.split('#')[0] ?? '', slug);
}

/** The error for a name that a service has and a database wants, or the other way round. */
export function nameTaken(holder: string, slug: string): GantryError {
  return new GantryError(
    'Conflict',
    `A ${holder} here is called ${slug} already. References in variables need one name for each: choose another.`,
    [{ field: 'body.slug', message: 'is taken' }],
  );
}

/** The write that frees the slug. */
export function releaseSlug(teamId: string, scope: SlugScope, slug: string, target: string): Write {
  return {
    item: item.remove(
      SlugEntity.remove({ teamId, scope, slug }).where((attributes, { eq }) => eq(attributes.target, target)),
    ),
  };
}

/** The write that hands the slug to another record. */
export function moveSlug(teamId: string, scope: SlugScope, slug: string, from: string, to: string): Write {
  return {
    item: item.update(
      SlugEntity.patch({ teamId, scope, slug })
        .set({ target: to })
        .where(({ target }, { eq }) => eq(target, from)),
    ),
  };
}

/** Runs `work`, which claims a slug. When a record that is being deleted still holds the slug, the Conflict says so, and when to try again. */
export async function claiming<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SlugTaken && (await isGoing(error)))) throw error;
    const message = `${error.slug} is being deleted: try again in a moment.`;
    throw new GantryError('Conflict', message, [{ field: 'body.slug', message: 'is being deleted' }], {
      cause: error,
      retryAfterSeconds: AGAIN_SECONDS,
    });
  }
}

/** Whether the holder of the slug is being deleted or is gone. */
async function isGoing({ teamId, scope, slug }: SlugTaken): Promise<boolean> {
  const { data } = await SlugEntity.get({ teamId, scope, slug }).go({ consistent: true });
  if (data === null) return true;
  const [holder] = await lookUp(optional(holderAt(teamId, scope, data.target)));
  return holder?.deletingSince !== undefined;
}

function holderAt(teamId: string, scope: SlugScope, id: string): Lookup<{ readonly deletingSince?: string }> {
  const [what, projectId = '', environmentId = ''] = scope.split('#');
  if (what === 'project') return projectAt({ teamId, projectId: id });
  if (what === 'service') return serviceAt({ teamId, projectId, serviceId: id });
  if (what === 'environment') return environmentAt({ teamId, projectId, environmentId: id });
  return databaseAt({ teamId, projectId, environmentId, databaseId: id });
}
