import { forbidden } from '../api/errors.ts';
import { PODS } from '../kinds/pods.ts';
import { LIMIT_RANGES } from '../kinds/policy.ts';
import type { Container, Pod } from '../model.ts';
import type { LimitRangeItem } from '../policy-model.ts';
import { formatQuantity, parseQuantity } from '../quantity.ts';
import type { Objects } from '../registry/objects.ts';

const ANNOTATION = 'kubernetes.io/limit-ranger';

/** Gives a pod's containers the namespace's defaults, and throws for requests outside of its limits. */
export function applyLimitRanges(objects: Objects, pod: Pod): void {
  for (const range of objects.list(LIMIT_RANGES, pod.metadata.namespace)) {
    const items = range.spec.limits.filter(({ type }) => type === 'Container');
    const notes = pod.spec.containers.flatMap((container) => items.flatMap((item) => applyDefaults(container, item)));
    if (notes.length > 0) {
      const text = `LimitRanger plugin set: ${notes.join('; ')}`;
      pod.metadata.annotations = { ...pod.metadata.annotations, [ANNOTATION]: text };
    }
    const refusals = pod.spec.containers.flatMap((container) => items.flatMap((item) => violations(container, item)));
    if (refusals.length === 0) continue;
    const all = refusals.length === 1 ? refusals[0] : `[${refusals.join(', ')}]`;
    throw forbidden(PODS, pod.metadata.name, all ?? '');
  }
}

function applyDefaults(container: Container, item: LimitRangeItem): string[] {
  const { requests = {}, limits = {}, ...others } = container.resources ?? {};
  const missing = (defaults: object | undefined, present: object) =>
    Object.keys(defaults ?? {})
      .filter((name) => !(name in present))
      .sort();
  const set = { request: missing(item.defaultRequest, requests), limit: missing(item.default, limits) };
  const next = { requests: { ...item.defaultRequest, ...requests }, limits: { ...item.default, ...limits } };
  const present = Object.entries(next).filter(([, amounts]) => Object.keys(amounts).length > 0);
  container.resources = { ...others, ...Object.fromEntries(present) };
  return Object.entries(set).flatMap(([what, names]) =>
    names.length === 0 ? [] : [`${names.join(', ')} ${what} for container ${container.name}`],
  );
}

function violations(container: Container, { type, min, max }: LimitRangeItem): string[] {
  const { requests = {}, limits = {} } = container.resources ?? {};
  const shown = (amount: string | undefined) => formatQuantity(parseQuantity(amount) ?? { nano: 0n, binary: false });
  const size = (amount: string | undefined) => parseQuantity(amount)?.nano ?? 0n;
  const below = Object.entries(min ?? {}).flatMap(([name, least]) => {
    const rule = `minimum ${name} usage per ${type} is ${shown(least)}`;
    if (requests[name] === undefined) return [`${rule}.  No request is specified`];
    if (size(requests[name]) < size(least)) return [`${rule}, but request is ${shown(requests[name])}`];
    const short = limits[name] !== undefined && size(limits[name]) < size(least);
    return short ? [`${rule}, but limit is ${shown(limits[name])}`] : [];
  });
  const above = Object.entries(max ?? {}).flatMap(([name, most]) => {
    const rule = `maximum ${name} usage per ${type} is ${shown(most)}`;
    if (limits[name] === undefined) return [`${rule}.  No limit is specified`];
    if (size(limits[name]) > size(most)) return [`${rule}, but limit is ${shown(limits[name])}`];
    const large = requests[name] !== undefined && size(requests[name]) > size(most);
    return large ? [`${rule}, but request is ${shown(requests[name])}`] : [];
  });
  return [...below, ...above];
}
