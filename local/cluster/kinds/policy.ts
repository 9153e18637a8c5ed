import type { Cause } from '../api/errors.ts';
import { invalidValue, required } from '../api/errors.ts';
import type { LimitRange, LimitRangeItem, ResourceList, ResourceQuota } from '../policy-model.ts';
import { parseQuantity } from '../quantity.ts';
import { isMap } from '../values.ts';
import type { Kind } from './kind.ts';
import { SCHEMAS } from './schema.ts';
import { notEmulated } from './validation.ts';

const core = { group: '', version: 'v1', strategic: true, namespaced: true } as const;

function validateAmounts(amounts: ResourceList | undefined, path: string): Cause[] {
  return Object.entries(amounts ?? {}).flatMap(([name, amount]) => {
    const quantity = parseQuantity(amount);
    if (quantity === undefined)
      return [invalidValue(`${path}[${name}]`, amount, 'quantities must match the syntax of 100m, 1.5 or 512Mi')];
    return quantity.nano < 0n ? [invalidValue(`${path}[${name}]`, amount, 'must be greater than or equal to 0')] : [];
  });
}

export const RESOURCE_QUOTAS: Kind<ResourceQuota> = {
  ...core,
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  shortNames: ['quota'],
  subresources: ['status'],
  schema: SCHEMAS.plain,
  columns: [
    { name: 'Name', cell: ({ metadata }) => metadata.name },
    {
      name: 'Used',
      cell: ({ status }) =>
        Object.entries(status?.hard ?? {})
          .map(([name, amount]) => `${name}: ${status?.used?.[name] ?? '0'}/${amount}`)
          .join(', '),
    },
  ],
  validate({ spec }) {
    if (!isMap(spec)) return [required('spec')];
    const scoped = ['scopes', 'scopeSelector'].filter((field) => spec[field] !== undefined);
    return [...validateAmounts(spec.hard, 'spec.hard'), ...scoped.map((field) => notEmulated(`spec.${field}`))];
  },
};

const AMOUNTS = ['min', 'max', 'default', 'defaultRequest'] as const;

/** A default limit is the maximum; a default request is the default limit, or else the minimum. */
function completeItem(item: LimitRangeItem): void {
  if (item.type !== 'Container') return;
  item.default = { ...item.max, ...item.default };
  item.defaultRequest = { ...item.min, ...item.default, ...item.defaultRequest };
}

export const LIMIT_RANGES: Kind<LimitRange> = {
  ...core,
  kind: 'LimitRange',
  plural: 'limitranges',
  shortNames: ['limits'],
  schema: SCHEMAS.plain,
  complete({ spec }) {
    for (const item of spec?.limits ?? []) completeItem(item);
  },
  validate({ spec }) {
    if (!Array.isArray(spec?.limits)) return [required('spec.limits')];
    return spec.limits.flatMap((item, at) => {
      const path = `spec.limits[${at}]`;
      const causes = AMOUNTS.flatMap((field) => validateAmounts(item[field], `${path}.${field}`));
      if (item.type !== 'Container') causes.push(notEmulated(`${path}.type`, item.type));
      if (item.maxLimitRequestRatio !== undefined) causes.push(notEmulated(`${path}.maxLimitRequestRatio`));
      return causes;
    });
  },
};
