import { patience } from '../../../patience.ts';
import type { Connection } from './connection.ts';

const GROUP = 'gateway.networking.k8s.io';
const OPEN = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const CONDITIONS = {
  type: 'array',
  items: { ...OPEN, required: ['type'], properties: { type: { type: 'string' } } },
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
};
const LISTENERS = {
  type: 'array',
  items: { ...OPEN, required: ['name'], properties: { name: { type: 'string' } } },
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['name'],
};

function definition(kind: string, plural: string, namespaced: boolean, spec: object = {}): object {
  const status = { ...OPEN, properties: { conditions: CONDITIONS } };
  const schema = { type: 'object', properties: { spec: { ...OPEN, ...spec }, status } };
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    schema: { openAPIV3Schema: schema },
    subresources: { status: {} },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${GROUP}`,
      annotations: {
        'api-approved.kubernetes.io': 'unapproved, for tests: the fields that merge by key and nothing else',
      },
    },
    spec: {
      group: GROUP,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      scope: namespaced ? 'Namespaced' : 'Cluster',
      versions: [version],
    },
  };
}

const DEFINITIONS = [
  definition('GatewayClass', 'gatewayclasses', false),
  definition('Gateway', 'gateways', true, { properties: { listeners: LISTENERS } }),
  definition('HTTPRoute', 'httproutes', true),
];
const PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const SERVED_MS = patience(30_000);

/**
 * Makes a cluster serve the three kinds of the Gateway API, unless it already does. The definitions say how fields merge and check nothing. Rejects
 * if the cluster refuses them, or does not serve them within half a minute.
 */
export async function installGatewayApi(connection: Connection): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const isServed = async () => {
    const { status, text } = await connection({ method: 'GET', path: `/apis/${GROUP}/v1`, headers, body: undefined });
    return status === 200 && ['gatewayclasses', 'gateways', 'httproutes'].every((each) => text.includes(`"${each}"`));
  };
  if (await isServed()) return;
  for (const body of DEFINITIONS) {
    const { status, text } = await connection({ method: 'POST', path: PATH, headers, body: JSON.stringify(body) });
    if (status !== 201 && status !== 409) throw new Error(`the Gateway API could not be installed: ${text}`);
  }
  const deadline = Date.now() + SERVED_MS;
  while (!(await isServed())) {
    if (Date.now() > deadline) throw new Error('the Gateway API is installed but not served');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
