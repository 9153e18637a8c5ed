import type { Kind } from '../kinds/kind.ts';

/** The parts of a path: `/apis/apps/v1/namespaces/shop/deployments/web/status`. */
export interface Target {
  readonly kind: Kind;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: 'status' | 'scale' | 'log' | 'exec' | undefined;
}

/** Resolves a resource path; undefined for an unknown kind. */
export function parseTarget(path: string, kinds: readonly Kind[]): Target | undefined {
  const [root, ...rest] = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeSegment);
  if (root !== 'api' && root !== 'apis') return undefined;
  const group = root === 'api' ? '' : (rest.shift() ?? '');
  const version = rest.shift();
  const scoped = rest[0] === 'namespaces' && rest.length > 2 && !isNamespaceSubresource(rest);
  const namespace = scoped ? rest[1] : undefined;
  const [plural, name, subresource, ...more] = scoped ? rest.slice(2) : rest;
  const kind = kinds.find((each) => each.group === group && each.version === version && each.plural === plural);
  if (kind === undefined || more.length > 0 || (namespace !== undefined && !kind.namespaced)) return undefined;
  if (kind.namespaced && namespace === undefined && name !== undefined) return undefined;
  const known = kind.subresources?.find((each) => each === subresource);
  if (subresource !== undefined && known === undefined) return undefined;
  return { kind, namespace, name, subresource: known };
}

function isNamespaceSubresource(rest: readonly string[]): boolean {
  return rest.length === 3 && (rest[2] === 'status' || rest[2] === 'finalize');
}

function decodeSegment(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** RBAC's verb for a request. */
export function verbOf(method: string, target: Target, watch: boolean): string | undefined {
  const one = target.name !== undefined;
  if (method === 'GET' || method === 'HEAD') return one ? 'get' : watch ? 'watch' : 'list';
  if (method === 'POST') return 'create';
  if (method === 'PUT') return 'update';
  if (method === 'PATCH') return 'patch';
  if (method === 'DELETE') return one ? 'delete' : 'deletecollection';
  return undefined;
}
