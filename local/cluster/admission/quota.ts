import { forbidden } from '../api/errors.ts';
import { type Kind, resourceOf } from '../kinds/kind.ts';
import { PODS } from '../kinds/pods.ts';
import { RESOURCE_QUOTAS } from '../kinds/policy.ts';
import type { Container, KubeObject, Pod } from '../model.ts';
import type { ResourceList } from '../policy-model.ts';
import { addQuantities, formatQuantity, parseQuantity, type Quantity, ZERO } from '../quantity.ts';
import type { Objects } from '../registry/objects.ts';

/** Resources that a container under a quota must set. */
const EXPLICIT = ['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'];
/** Kinds that may be counted by their plural only. */
const PLAIN_COUNTS = ['services', 'secrets', 'configmaps', 'resourcequotas', 'persistentvolumeclaims'];
const ONE: Quantity = { nano: 1_000_000_000n, binary: false };

/** An object's use of the resources in `names`. An ended pod only counts as an object. */
function usageOf(
  kind: Pick<Kind, 'group' | 'plural'>,
  object: KubeObject,
  names: readonly string[],
): Map<string, Quantity> {
  const used = new Map<string, Quantity>();
  const counted = [`count/${kind.plural}${kind.group === '' ? '' : `.${kind.group}`}`];
  if (kind.group === '' && PLAIN_COUNTS.includes(kind.plural)) counted.push(kind.plural);
  for (const name of counted) if (names.includes(name)) used.set(name, ONE);
  if (resourceOf(kind) !== resourceOf(PODS)) return used;
  const pod = object as Pod;
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return used;
  if (names.includes('pods')) used.set('pods', ONE);
  for (const name of names) {
    const amount = amountOf(pod, name);
    if (amount !== undefined) used.set(name, amount);
  }
  return used;
}

/** `limits.memory` is the sum of the containers' limits; `memory` stands for `requests.memory`. */
function amountOf({ spec }: Pod, name: string): Quantity | undefined {
  const [, kind, resource = ''] = /^(?:(requests|limits)\.)?([a-z-]+)$/.exec(name) ?? [];
  if (!/^(cpu|memory|ephemeral-storage)$/.test(resource)) return undefined;
  const amounts = ({ resources }: Container): ResourceList =>
    (kind === 'limits' ? resources?.limits : resources?.requests) ?? {};
  const each = spec.containers.map((container) => parseQuantity(amounts(container)[resource]) ?? ZERO);
  return each.reduce(addQuantities, ZERO);
}

/** The total use of a namespace's objects of these kinds, for each of the names, zero included. */
export function usageIn(
  objects: Objects,
  kinds: readonly Kind[],
  namespace: string | undefined,
  names: readonly string[],
): Map<string, Quantity> {
  const total = new Map(names.map((name) => [name, ZERO]));
  for (const kind of kinds) {
    if (!isConcerned(kind, names)) continue;
    for (const object of objects.list(kind, namespace)) {
      for (const [name, amount] of usageOf(kind, object, names))
        total.set(name, addQuantities(total.get(name) ?? ZERO, amount));
    }
  }
  return total;
}

function isConcerned(kind: Pick<Kind, 'group' | 'plural'>, names: readonly string[]): boolean {
  if (resourceOf(kind) === resourceOf(PODS)) return true;
  const full = `count/${kind.plural}${kind.group === '' ? '' : `.${kind.group}`}`;
  return names.includes(full) || (kind.group === '' && names.includes(kind.plural));
}

/** Throws, with the API server's text, when the object would exceed one of the namespace's quotas. */
export function requireQuota(objects: Objects, kind: Kind, object: KubeObject): void {
  const { namespace, name } = object.metadata;
  if (namespace === undefined) return;
  for (const quota of objects.list(RESOURCE_QUOTAS, namespace)) {
    const hard = quota.spec.hard ?? {};
    const requested = usageOf(kind, object, Object.keys(hard));
    if (requested.size === 0) continue;
    const silent = resourceOf(kind) === resourceOf(PODS) ? unnamed(object as Pod, Object.keys(hard)) : '';
    if (silent !== '') throw forbidden(kind, name, `failed quota: ${quota.metadata.name}: must specify ${silent}`);
    const used = usageIn(objects, [kind], namespace, [...requested.keys()]);
    const exceeded = [...requested].filter(([each, amount]) => {
      const limit = parseQuantity(hard[each])?.nano ?? 0n;
      return addQuantities(used.get(each) ?? ZERO, amount).nano > limit;
    });
    if (exceeded.length === 0) continue;
    const names = exceeded.map(([each]) => each).sort();
    const shown = (of: (each: string) => Quantity | undefined) =>
      names.map((each) => `${each}=${formatQuantity(of(each) ?? ZERO)}`).join(',');
    const why =
      `exceeded quota: ${quota.metadata.name}, requested: ${shown((each) => requested.get(each))}, ` +
      `used: ${shown((each) => used.get(each))}, limited: ${shown((each) => parseQuantity(hard[each]))}`;
    throw forbidden(kind, name, why);
  }
}

/** Resources under a quota that a container does not set, as `limits.cpu for: app; limits.memory for: app`. */
function unnamed({ spec }: Pod, names: readonly string[]): string {
  const missing = names.filter((name) => EXPLICIT.includes(name)).sort();
  const parts = missing.flatMap((name) => {
    const resource = name.replace(/^(requests|limits)\./, '');
    const silent = spec.containers.filter(({ resources }) => {
      const amounts = name.startsWith('limits.') ? resources?.limits : resources?.requests;
      return amounts?.[resource] === undefined;
    });
    const containers = silent.map((each) => each.name).sort();
    return containers.length === 0 ? [] : [`${name} for: ${containers.join(',')}`];
  });
  return parts.join('; ');
}
