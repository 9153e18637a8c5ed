import { apply, get } from '@gantry/cloud/kubernetes/objects.ts';
import type { ConfigMap, Container, PodTemplate } from '@gantry/cloud/kubernetes/types.ts';
import { fetchAuthorities } from '@gantry/cloud/rds-authorities.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import { AUTHORITIES, type EnvironmentIds, environmentLabels, FIELD_MANAGER } from './names.ts';
import type { ReleaseSpec } from './spec.ts';

const FOLDER = '/etc/gantry';
const FILE = 'databases.pem';
/** Where apps that use databases find the certificates. */
export const AUTHORITIES_FILE = `${FOLDER}/${FILE}`;
/** When the certificates were read. */
const READ_AT = 'gantry.dev/read-at';
/** AWS adds an authority years before a server shows it. In milliseconds. */
const KEPT_MS = 30 * 24 * 3600_000;

/**
 * Makes or renews an environment's certificates. If AWS's bundle cannot be read, a deployment continues with older
 * ones. Throws Unavailable if there are none yet.
 */
export async function applyAuthorities(ids: EnvironmentIds): Promise<void> {
  const namespace = toKubernetesName(ids.environmentId);
  const name = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: AUTHORITIES };
  const known = await get<ConfigMap>(name);
  const readAt = known?.metadata?.annotations?.[READ_AT];
  if (readAt !== undefined && Date.now() - Date.parse(readAt) < KEPT_MS) return;
  const text = await fetchAuthorities().catch((error: unknown) => {
    if (known === undefined) throw error;
    return undefined;
  });
  if (text !== undefined) await apply(authoritiesOf(ids, text, new Date()), FIELD_MANAGER);
}

/** The ConfigMap with the certificates. */
export function authoritiesOf(ids: EnvironmentIds, text: string, readAt: Date): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: AUTHORITIES,
      namespace: toKubernetesName(ids.environmentId),
      labels: environmentLabels(ids),
      annotations: { [READ_AT]: readAt.toISOString() },
    },
    data: { [FILE]: text },
  };
}

/** The parts of a pod that give the certificates to the apps of a release with databases. */
export function authoritiesVolume({ securityGroups }: ReleaseSpec): Pick<NonNullable<PodTemplate['spec']>, 'volumes'> {
  if (securityGroups.length === 0) return {};
  return { volumes: [{ name: AUTHORITIES, configMap: { name: AUTHORITIES } }] };
}

export function authoritiesMount({ securityGroups }: ReleaseSpec): Pick<Container, 'volumeMounts'> {
  if (securityGroups.length === 0) return {};
  return { volumeMounts: [{ name: AUTHORITIES, mountPath: FOLDER, readOnly: true }] };
}

/**
 * The variable with which Node.js, and so its driver `pg`, trusts the servers in addition to its own authorities. A
 * user's value wins. The variables of other runtimes replace all other authorities, so Gantry does not set them.
 * https://nodejs.org/api/cli.html#node_extra_ca_certsfile
 */
export function authoritiesVariables({ securityGroups, variables }: ReleaseSpec) {
  if (securityGroups.length === 0 || Object.hasOwn(variables, 'NODE_EXTRA_CA_CERTS')) return [];
  return [{ name: 'NODE_EXTRA_CA_CERTS', value: AUTHORITIES_FILE }];
}
