import { decodeTime, ulid } from 'ulid';
import * as z from 'zod';

/** Records with their own id, and the prefix of each. */
export const idPrefixes = {
  user: 'usr',
  team: 'team',
  invitation: 'inv',
  token: 'tok',
  project: 'prj',
  environment: 'env',
  service: 'svc',
  upload: 'upl',
  authorization: 'aut',
  installation: 'ins',
  deployment: 'dpl',
  release: 'rel',
  variableSet: 'vst',
  health: 'hlt',
  exec: 'exc',
  database: 'dbs',
  backup: 'bkp',
  alert: 'alr',
  channel: 'chn',
  notice: 'ntc',
  event: 'evt',
} as const;

export type IdKind = keyof typeof idPrefixes;

/** A new id: a prefix and a ULID. People may sort by its time, to a millisecond; never order events by it. */
export function newId(kind: IdKind): string {
  return `${idPrefixes[kind]}_${ulid()}`;
}

/** When an id was made, in milliseconds since 1970. Throws for a malformed id. */
export function timeOfId(id: string): number {
  return decodeTime(id.slice(id.indexOf('_') + 1));
}

/** Made at their first use. Some eighty fields are ids. */
const schemas = new Map<IdKind, ReturnType<typeof makeSchema>>();

/** The schema of one kind of id, e.g. `prj_01J8Z3N5W4Q8R7T6Y5X4W3V2T1`. */
export function idSchema(kind: IdKind) {
  const made = schemas.get(kind) ?? makeSchema(kind);
  schemas.set(kind, made);
  return made;
}

function makeSchema(kind: IdKind) {
  const prefix = idPrefixes[kind];
  return z
    .string()
    .regex(new RegExp(`^${prefix}_[0-7][0-9A-HJKMNP-TV-Z]{25}$`), `must look like ${prefix}_01J8Z3N5W4Q8R7T6Y5X4W3V2T1`)
    .meta({
      description: `${/^[aeio]/.test(kind) ? 'An' : 'A'} ${kind}'s id`,
      example: `${prefix}_01J8Z3N5W4Q8R7T6Y5X4W3V2T1`,
    });
}

/** An id as a Kubernetes name: lower case, `-` for `_`. */
export function toKubernetesName(id: string): string {
  return id.toLowerCase().replace('_', '-');
}

/** The id behind a Kubernetes name; undefined for a name of another kind. */
export function fromKubernetesName(kind: IdKind, name: string): string | undefined {
  const prefix = `${idPrefixes[kind]}-`;
  if (!name.startsWith(prefix)) return undefined;
  const id = `${idPrefixes[kind]}_${name.slice(prefix.length).toUpperCase()}`;
  return idSchema(kind).safeParse(id).success ? id : undefined;
}

/** The release of a deployment has the same ULID, so that a repeated step makes nothing twice. */
export function releaseIdOf(deploymentId: string): string {
  return deploymentId.replace(/^dpl_/, 'rel_');
}
