import type { Cause } from '../api/errors.ts';
import { invalidValue, notSupported, required } from '../api/errors.ts';
import type { ConfigMap, KubeObject, Namespace, Secret, Service } from '../model.ts';
import { isMap, sameValue } from '../values.ts';
import type { Kind } from './kind.ts';
import { SCHEMAS } from './schema.ts';
import { immutable, isPort } from './validation.ts';

const core = { group: '', version: 'v1', strategic: true } as const;

export const NAMESPACES: Kind<Namespace> = {
  ...core,
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  namespaced: false,
  naming: 'label',
  subresources: ['status'],
  schema: SCHEMAS.plain,
  columns: [
    { name: 'Name', cell: ({ metadata }) => metadata.name },
    { name: 'Status', cell: ({ status }) => status?.phase ?? 'Active' },
  ],
  complete(namespace, previous) {
    const { metadata } = namespace;
    metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
    if (previous !== undefined) return;
    namespace.spec = { finalizers: ['kubernetes'] };
    namespace.status = { phase: 'Active' };
  },
};

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

const KEY_TEXT =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

function validateData(object: Secret | ConfigMap, previous: Secret | ConfigMap | undefined): Cause[] {
  const causes: Cause[] = [];
  for (const [key, value] of Object.entries(object.data ?? {})) {
    if (typeof value !== 'string') causes.push(invalidValue(`data[${key}]`, typeof value, 'must be a string'));
    if (!/^[-._a-zA-Z0-9]{1,253}$/.test(key)) causes.push(invalidValue(`data[${key}]`, key, KEY_TEXT));
  }
  if (previous?.immutable === true) {
    if (!sameValue(object.data, previous.data)) causes.push(forbiddenChange('data'));
    if (object.immutable !== true) causes.push(forbiddenChange('immutable'));
  }
  return causes;
}

function forbiddenChange(field: string): Cause {
  return { reason: 'FieldValueForbidden', message: 'Forbidden: field is immutable when `immutable` is set', field };
}

export const SECRETS: Kind<Secret> = {
  ...core,
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  schema: SCHEMAS.plain,
  columns: [
    { name: 'Name', cell: ({ metadata }) => metadata.name },
    { name: 'Type', cell: ({ type }) => type ?? 'Opaque' },
    { name: 'Data', type: 'integer', cell: ({ data }) => Object.keys(data ?? {}).length },
  ],
  complete(secret) {
    secret.type ??= 'Opaque';
    if (secret.stringData === undefined) return;
    const encoded = Object.entries(secret.stringData).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
    secret.data = { ...secret.data, ...Object.fromEntries(encoded) };
    delete secret.stringData;
  },
  validate(secret, previous) {
    const malformed = Object.entries(secret.data ?? {}).filter(([, value]) => !BASE64.test(value));
    return [
      ...validateData(secret, previous),
      ...malformed.map(([key]) => invalidValue(`data[${key}]`, '<secret contents redacted>', 'must be base64')),
      ...(previous === undefined ? [] : immutable('type', secret.type, previous.type)),
    ];
  },
};

export const CONFIG_MAPS: Kind<ConfigMap> = {
  ...core,
  kind: 'ConfigMap',
  plural: 'configmaps',
  shortNames: ['cm'],
  namespaced: true,
  schema: SCHEMAS.plain,
  columns: [
    { name: 'Name', cell: ({ metadata }) => metadata.name },
    { name: 'Data', type: 'integer', cell: ({ data }) => Object.keys(data ?? {}).length },
  ],
  validate: validateData,
};

export const SERVICE_ACCOUNTS: Kind = {
  ...core,
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  shortNames: ['sa'],
  namespaced: true,
  schema: SCHEMAS.serviceAccount,
};

export const EVENTS: Kind = {
  ...core,
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  namespaced: true,
  schema: SCHEMAS.event,
  columns: [
    { name: 'Last Seen', type: 'date', cell: (event) => String(event.lastTimestamp ?? '') },
    { name: 'Type', cell: (event) => String(event.type ?? '') },
    { name: 'Reason', cell: (event) => String(event.reason ?? '') },
    {
      name: 'Object',
      cell: ({ involvedObject }) =>
        isMap(involvedObject) ? `${String(involvedObject.kind).toLowerCase()}/${String(involvedObject.name)}` : '',
    },
    { name: 'Message', cell: (event) => String(event.message ?? '') },
  ],
};

export const NODES: Kind = {
  ...core,
  kind: 'Node',
  plural: 'nodes',
  shortNames: ['no'],
  namespaced: false,
  subresources: ['status'],
  schema: SCHEMAS.conditioned,
};

/** An address without a machine: it names the Service, and nothing answers there (RFC 5737 reserves 192.0.2.0/24 for examples). */
function clusterAddress({ metadata }: KubeObject): string {
  const number = [...metadata.uid].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 253, 7);
  return `192.0.2.${number + 1}`;
}

const SERVICE_TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

export const SERVICES: Kind<Service> = {
  ...core,
  kind: 'Service',
  plural: 'services',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  naming: 'label',
  subresources: ['status'],
  schema: SCHEMAS.service,
  columns: [
    { name: 'Name', cell: ({ metadata }) => metadata.name },
    { name: 'Type', cell: ({ spec }) => spec.type ?? '' },
    { name: 'Cluster-IP', cell: ({ spec }) => spec.clusterIP ?? '' },
    { name: 'External-IP', cell: () => '<none>' },
    {
      name: 'Port(s)',
      cell: ({ spec }) => (spec.ports ?? []).map(({ port, protocol }) => `${port}/${protocol}`).join(',') || '<none>',
    },
  ],
  complete(service, previous) {
    const { spec } = service;
    if (!isMap(spec)) return;
    spec.type ??= 'ClusterIP';
    spec.sessionAffinity ??= 'None';
    for (const port of spec.ports ?? []) {
      port.protocol ??= 'TCP';
      port.targetPort ??= port.port;
    }
    if (previous === undefined) service.status = { loadBalancer: {} };
    if (spec.type === 'ExternalName') return;
    const kept = spec.clusterIP || previous?.spec.clusterIP;
    spec.clusterIP = kept || clusterAddress(service);
    spec.clusterIPs = [spec.clusterIP];
    spec.ipFamilies ??= ['IPv4'];
    spec.ipFamilyPolicy ??= 'SingleStack';
    spec.internalTrafficPolicy ??= 'Cluster';
  },
  validate(service, previous) {
    const { spec } = service;
    if (!isMap(spec)) return [required('spec')];
    const causes: Cause[] = [];
    if (!SERVICE_TYPES.includes(spec.type ?? '')) causes.push(notSupported('spec.type', spec.type, SERVICE_TYPES));
    const ports = spec.ports ?? [];
    if (ports.length === 0 && spec.clusterIP !== 'None' && spec.type !== 'ExternalName')
      causes.push(required('spec.ports'));
    for (const [index, port] of ports.entries()) {
      const at = `spec.ports[${index}]`;
      if (!isPort(port.port))
        causes.push(invalidValue(`${at}.port`, port.port, 'must be between 1 and 65535, inclusive'));
      if (ports.length > 1 && !port.name) causes.push(required(`${at}.name`));
    }
    if (previous !== undefined) causes.push(...immutable('spec.clusterIP', spec.clusterIP, previous.spec.clusterIP));
    return causes;
  },
};
