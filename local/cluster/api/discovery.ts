import { apiVersionOf, type Kind } from '../kinds/kind.ts';
import type { Fields } from '../model.ts';

const COMPUTED_VERBS = ['get', 'list'];
const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** The version of Kubernetes that this API plays; clients compare it with their own. */
const VERSION = {
  major: '1',
  minor: '32',
  gitVersion: 'v1.32.0+gantry.local',
  gitCommit: '',
  gitTreeState: '',
  buildDate: '',
  goVersion: '',
  compiler: 'node',
  platform: 'local/process',
};

/**
 * An OpenAPI v2 document without types, in protobuf (gnostic's OpenAPIv2.proto: `swagger` is field 1, `info` field 2). kubectl requests it to apply a
 * `List`, and leaves checks of unknown types to the server.
 */
export const OPENAPI_V2 = {
  type: 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
  bytes: Buffer.concat([Buffer.from([0x0a, 3]), Buffer.from('2.0'), Buffer.from([0x12, 0])]),
} as const;

/** Answers the discovery documents and the OpenAPI index; undefined for another `path`. */
export function discovery(path: string, kinds: readonly Kind[], host: string): Fields | undefined {
  if (path === '/version') return VERSION;
  if (path === '/api') {
    const serverAddressByClientCIDRs = [{ clientCIDR: '0.0.0.0/0', serverAddress: host }];
    return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs };
  }
  const groups = [...new Set(kinds.map((kind) => kind.group))].filter((group) => group !== '');
  if (path === '/apis')
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map((group) => groupOf(group, kinds)) };
  if (path === '/openapi/v3')
    return { paths: Object.fromEntries(groupVersions(kinds).map((each) => [each, documentAt(each)])) };
  if (path.startsWith('/openapi/v3/')) return openApi(path.slice('/openapi/v3/'.length), kinds);
  const [, root, group = '', version, ...more] = path.split('/');
  if (more.length > 0) return undefined;
  if (root === 'api') return version === undefined ? resourceList('', group, kinds) : undefined;
  if (root !== 'apis' || !groups.includes(group)) return undefined;
  return version === undefined
    ? { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group, kinds) }
    : resourceList(group, version, kinds);
}

function groupOf(group: string, kinds: readonly Kind[]): Fields {
  const versions = [...new Set(kinds.filter((kind) => kind.group === group).map((kind) => kind.version))];
  const named = versions.map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: named, preferredVersion: named[0] };
}

function resourceList(group: string, version: string, kinds: readonly Kind[]): Fields | undefined {
  const served = kinds.filter((kind) => kind.group === group && kind.version === version);
  if (served.length === 0) return undefined;
  const groupVersion = group === '' ? version : `${group}/${version}`;
  const type = { kind: 'APIResourceList', ...(group === '' ? {} : { apiVersion: 'v1' }) };
  return { ...type, groupVersion, resources: served.flatMap(resourcesOf) };
}

function resourcesOf(kind: Kind): Fields[] {
  const { plural, namespaced, subresources = [], shortNames = [], categories = [] } = kind;
  const singularName = kind.kind.toLowerCase();
  const stored = isNamespaces(kind) ? VERBS.filter((verb) => verb !== 'deletecollection') : VERBS;
  const verbs = kind.computed ? COMPUTED_VERBS : stored;
  const main = {
    name: plural,
    singularName,
    namespaced,
    kind: kind.kind,
    verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
  };
  const parts = subresources.map((each) => ({
    name: `${plural}/${each}`,
    singularName: '',
    namespaced,
    kind: each === 'scale' ? 'Scale' : each === 'exec' ? 'PodExecOptions' : kind.kind,
    ...(each === 'scale' ? { group: 'autoscaling', version: 'v1' } : {}),
    verbs: each === 'log' ? ['get'] : each === 'exec' ? ['create', 'get'] : ['get', 'patch', 'update'],
  }));
  return [main, ...parts];
}

function isNamespaces({ group, plural }: Kind): boolean {
  return group === '' && plural === 'namespaces';
}

function groupVersions(kinds: readonly Kind[]): string[] {
  return [...new Set(kinds.map((kind) => `${kind.group === '' ? 'api' : 'apis'}/${apiVersionOf(kind)}`))];
}

function documentAt(groupVersion: string): Fields {
  return { serverRelativeURL: `/openapi/v3/${groupVersion}` };
}

/** Enough of OpenAPI to tell kubectl which objects can be applied, and that the server checks them itself. */
function openApi(groupVersion: string, kinds: readonly Kind[]): Fields | undefined {
  const served = kinds.filter((kind) => `${kind.group === '' ? 'api' : 'apis'}/${apiVersionOf(kind)}` === groupVersion);
  if (served.length === 0) return undefined;
  const parameters = ['dryRun', 'fieldManager', 'fieldValidation'].map((name) => ({
    name,
    in: 'query',
    schema: { type: 'string', uniqueItems: true },
  }));
  const paths = served.map((kind) => {
    const scope = kind.namespaced ? 'namespaces/{namespace}/' : '';
    const gvk = { group: kind.group, version: kind.version, kind: kind.kind };
    const operation = { parameters, responses: {}, 'x-kubernetes-group-version-kind': gvk };
    const patch = { ...operation, 'x-kubernetes-action': 'patch' };
    return [`/${groupVersion}/${scope}${kind.plural}/{name}`, { patch, put: operation }] as const;
  });
  const info = { title: 'Kubernetes', version: VERSION.gitVersion };
  return { openapi: '3.0.0', info, paths: Object.fromEntries(paths), components: { schemas: {} } };
}
