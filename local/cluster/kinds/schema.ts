/**
 * How a value merges, after the markers of the published OpenAPI (`x-kubernetes-list-type`, `-list-map-keys`, `-map-type`).
 * Unmarked: a map merges key by key, a list is replaced whole.
 */
export interface Schema {
  /** Of a map, or of each item of a keyed list. */
  readonly fields?: Readonly<Record<string, Schema>>;
  /** A list whose items are identified by these fields. */
  readonly keys?: readonly string[];
  /** The single key of a strategic merge patch, if it is not the first of `keys`. */
  readonly mergeKey?: string;
  /** Default values of keys, so that equal items have equal keys. */
  readonly keyDefaults?: Readonly<Record<string, string>>;
  /** Of a keyed list: an item is replaced whole. */
  readonly atomicItems?: true;
  /** A list of distinct plain values. */
  readonly set?: true;
  /** A map that is replaced whole. */
  readonly atomic?: true;
}

const ATOMIC: Schema = { atomic: true };
const byName: Schema = { keys: ['name'] };

const probe: Schema = { fields: { httpGet: { fields: {} } } };
const container: Schema = {
  keys: ['name'],
  fields: {
    ports: { keys: ['containerPort', 'protocol'], mergeKey: 'containerPort', keyDefaults: { protocol: 'TCP' } },
    env: {
      keys: ['name'],
      fields: {
        valueFrom: {
          fields: { secretKeyRef: ATOMIC, configMapKeyRef: ATOMIC, fieldRef: ATOMIC, resourceFieldRef: ATOMIC },
        },
      },
    },
    volumeMounts: { keys: ['mountPath'] },
    volumeDevices: { keys: ['devicePath'] },
    readinessProbe: probe,
    livenessProbe: probe,
    startupProbe: probe,
  },
};

const podSpec: Schema = {
  fields: {
    containers: container,
    initContainers: container,
    volumes: byName,
    imagePullSecrets: byName,
    hostAliases: { keys: ['ip'] },
    topologySpreadConstraints: { keys: ['topologyKey', 'whenUnsatisfiable'] },
    nodeSelector: ATOMIC,
  },
};

const conditions: Schema = { keys: ['type'] };

const metadata: Schema = {
  fields: { finalizers: { set: true }, ownerReferences: { keys: ['uid'], atomicItems: true } },
};

function schema(fields: Readonly<Record<string, Schema>>): Schema {
  return { fields: { ...fields, metadata } };
}

const template: Schema = { fields: { metadata, spec: podSpec } };

const workload = schema({
  spec: { fields: { selector: ATOMIC, template } },
  status: { fields: { conditions } },
});

/** The schema of each kind with more than the unmarked rule. */
export const SCHEMAS = {
  plain: schema({}),
  pod: schema({ spec: podSpec, status: { fields: { conditions, podIPs: { keys: ['ip'] } } } }),
  workload,
  cronJob: schema({
    spec: { fields: { jobTemplate: { fields: { metadata, spec: { fields: { selector: ATOMIC, template } } } } } },
  }),
  service: schema({
    spec: {
      fields: {
        selector: ATOMIC,
        ports: { keys: ['port', 'protocol'], mergeKey: 'port', keyDefaults: { protocol: 'TCP' } },
      },
    },
  }),
  binding: schema({ roleRef: ATOMIC }),
  event: schema({ involvedObject: ATOMIC, source: {} }),
  serviceAccount: schema({ secrets: byName, imagePullSecrets: byName }),
  gateway: schema({ spec: { fields: { listeners: byName } }, status: { fields: { conditions, listeners: byName } } }),
  conditioned: schema({
    spec: { fields: { selector: ATOMIC, podSelector: ATOMIC } },
    status: { fields: { conditions } },
  }),
} satisfies Record<string, Schema>;
