import type {
  AppliedChanges,
  SetQuery,
  StagedChange,
  Variable,
  VariableChange,
  VariableEvent,
  VariableScope,
} from '@gantry/contract/schemas/variables.ts';
import { api } from './api.ts';
import type { ServicePlace } from './place.ts';

/** The owner of a set of variables: the service in its environment, or those that share it. */
export const owners = ['service', 'environment', 'project'] as const;
export type Owner = (typeof owners)[number];

export const scopeTexts: Readonly<Record<VariableScope, string>> = {
  run: 'App',
  build: 'Build',
  both: 'App and build',
};

/** The owner in an address: `?of=environment`. */
export function variableSearch({ of }: Record<string, unknown>): { of?: Owner } {
  const owner = owners.find((each) => each === of);
  return owner === undefined || owner === 'service' ? {} : { of: owner };
}

/** The API's parameters and query of a set. */
export interface SetPlace {
  readonly params: { readonly teamId: string; readonly projectId: string };
  readonly query: SetQuery;
}

export function setOf({ team, project, environment, service }: ServicePlace, owner: Owner): SetPlace {
  const ids = { environmentId: environment.id, serviceId: service.id };
  const query = { project: {}, environment: { environmentId: environment.id }, service: ids }[owner];
  return { params: { teamId: team.id, projectId: project.id }, query };
}

export const setQuery = (set: SetPlace) => api('variables.get', set);
export const stagedQuery = (set: SetPlace) => api('variables.staged', set);

/** The reads that change with variables. */
export const refetches = ['variables.get', 'variables.staged', 'variables.history'] as const;

/** The change that gives a set these values. It removes missing names, except sealed ones, whose values nobody sees. */
export function changeTo(wanted: ReadonlyMap<string, string>, known: readonly Variable[]): VariableChange {
  const before = new Map(known.map((variable) => [variable.name, variable]));
  const set = [...wanted].filter(([name, value]) => before.get(name)?.value !== value);
  const unset = known.filter(({ name, sealed }) => !sealed && !wanted.has(name));
  return {
    set: Object.fromEntries(set.map(([name, value]) => [name, { value }])),
    unset: unset.map(({ name }) => name),
  };
}

/** A staged change in one word. */
export function kindOf({ before, after }: StagedChange): 'added' | 'removed' | 'changed' {
  if (before === null) return 'added';
  return after === null ? 'removed' : 'changed';
}

/** The names that were changed after an instant, and before another if one is given. Each name comes once. */
export function namesChangedSince(history: readonly VariableEvent[], at: string, until?: string): string[] {
  const later = history.filter((event) => event.at > at && (until === undefined || event.at <= until));
  return [...new Set(later.flatMap(({ set, unset }) => [...set, ...unset]))].sort();
}

/** The message after changes were applied. */
export function appliedText({ deployment, referredBy }: AppliedChanges): string {
  if (deployment !== null) return 'The changes are applied. A deployment brings them to the app.';
  if (referredBy.length === 0) return 'The changes are applied.';
  const services = referredBy.length === 1 ? '1 service refers' : `${referredBy.length} services refer`;
  return `The changes are applied. ${services} to them: deploy to bring the changes there.`;
}
