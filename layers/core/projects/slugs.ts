import { GantryError } from '@gantry/contract/errors.ts';
import { item } from '../entity.ts';
import type { Write } from '../transact.ts';
import { SlugEntity } from './store.ts';

/** Where a slug is unique: among the team's projects, or the environments or services of one project. */
export type SlugScope = 'project' | `environment#${string}` | `service#${string}`;

/** The write that takes a slug. Of two at once one is a Conflict. */
export function claimSlug(teamId: string, scope: SlugScope, slug: string, target: string): Write {
  const [what = ''] = scope.split('#');
  return {
    item: item.put(SlugEntity.create({ teamId, scope, slug, target })),
    otherwise: new GantryError('Conflict', `There is already a ${what} called ${slug} here. Choose another name.`, [
      { field: 'body.slug', message: 'is taken' },
    ]),
  };
}

/** The write that sets a slug free again. */
export function releaseSlug(teamId: string, scope: SlugScope, slug: string, target: string): Write {
  return {
    item: item.remove(
      SlugEntity.remove({ teamId, scope, slug }).where((attributes, { eq }) => eq(attributes.target, target)),
    ),
  };
}
