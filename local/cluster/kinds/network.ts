import type { Cause } from '../api/errors.ts';
import { invalidValue, required } from '../api/errors.ts';
import type { EndpointSlice, Gateway, GatewayClass, HTTPRoute } from '../network-model.ts';
import { isMap } from '../values.ts';
import type { Kind } from './kind.ts';
import { SCHEMAS } from './schema.ts';
import { isPort } from './validation.ts';

const gateway = { group: 'gateway.networking.k8s.io', version: 'v1', strategic: false } as const;

export const ENDPOINT_SLICES: Kind<EndpointSlice> = {
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced: true,
  strategic: true,
  schema: SCHEMAS.plain,
  columns: [
    { name: 'Name', cell: ({ metadata }) => metadata.name },
    { name: 'AddressType', cell: ({ addressType }) => addressType },
    { name: 'Ports', cell: ({ ports }) => (ports ?? []).map(({ port }) => port).join(',') },
    { name: 'Endpoints', cell: ({ endpoints }) => (endpoints ?? []).flatMap(({ addresses }) => addresses).join(',') },
  ],
};

export const GATEWAY_CLASSES: Kind<GatewayClass> = {
  ...gateway,
  kind: 'GatewayClass',
  plural: 'gatewayclasses',
  shortNames: ['gc'],
  namespaced: false,
  subresources: ['status'],
  schema: SCHEMAS.conditioned,
  validate: ({ spec }) => (spec?.controllerName ? [] : [required('spec.controllerName')]),
};

export const GATEWAYS: Kind<Gateway> = {
  ...gateway,
  kind: 'Gateway',
  plural: 'gateways',
  shortNames: ['gtw'],
  namespaced: true,
  subresources: ['status'],
  schema: SCHEMAS.gateway,
  complete({ spec }) {
    for (const listener of spec?.listeners ?? []) listener.allowedRoutes ??= { namespaces: { from: 'Same' } };
  },
  validate({ spec }) {
    const causes: Cause[] = [];
    if (!spec?.gatewayClassName) causes.push(required('spec.gatewayClassName'));
    if (!Array.isArray(spec?.listeners) || spec.listeners.length === 0) causes.push(required('spec.listeners'));
    return causes;
  },
};

const HOSTNAME = /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

function validateRoute({ spec }: HTTPRoute): Cause[] {
  if (!isMap(spec)) return [required('spec')];
  const causes: Cause[] = [];
  for (const [index, host] of (spec.hostnames ?? []).entries()) {
    if (host.length <= 253 && HOSTNAME.test(host)) continue;
    causes.push(invalidValue(`spec.hostnames[${index}]`, host, 'must be a host name, or one that starts with `*.`'));
  }
  for (const [at, rule] of (spec.rules ?? []).entries()) {
    for (const [index, backend] of (rule.backendRefs ?? []).entries()) {
      const field = `spec.rules[${at}].backendRefs[${index}]`;
      if (!backend.name) causes.push(required(`${field}.name`));
      if (!isPort(backend.port)) causes.push(required(`${field}.port`, 'a Service backend needs its port'));
      const weight = backend.weight ?? 1;
      if (!Number.isInteger(weight) || weight < 0 || weight > 1_000_000) {
        causes.push(invalidValue(`${field}.weight`, weight, 'must be between 0 and 1000000'));
      }
    }
    for (const [index, match] of (rule.matches ?? []).entries()) {
      const value = match.path?.value;
      if (value === undefined || (value.startsWith('/') && !value.includes('//'))) continue;
      causes.push(invalidValue(`spec.rules[${at}].matches[${index}].path.value`, value, 'must be an absolute path'));
    }
  }
  return causes;
}

export const HTTP_ROUTES: Kind<HTTPRoute> = {
  ...gateway,
  kind: 'HTTPRoute',
  plural: 'httproutes',
  namespaced: true,
  subresources: ['status'],
  schema: SCHEMAS.plain,
  columns: [
    { name: 'Name', cell: ({ metadata }) => metadata.name },
    { name: 'Hostnames', cell: ({ spec }) => JSON.stringify(spec.hostnames ?? []) },
  ],
  complete({ spec }) {
    if (!isMap(spec)) return;
    for (const parent of spec.parentRefs ?? []) {
      parent.group ??= gateway.group;
      parent.kind ??= 'Gateway';
    }
    spec.rules ??= [{}];
    for (const rule of spec.rules) {
      rule.matches ??= [{ path: { type: 'PathPrefix', value: '/' } }];
      for (const match of rule.matches) {
        match.path ??= {};
        match.path.type ??= 'PathPrefix';
        match.path.value ??= '/';
      }
      for (const backend of rule.backendRefs ?? []) {
        backend.group ??= '';
        backend.kind ??= 'Service';
        backend.weight ??= 1;
      }
    }
  },
  validate: validateRoute,
};
