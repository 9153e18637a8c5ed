import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { KubernetesObjectApi } from '@kubernetes/client-node/dist/object.js';

export interface ClusterState {
  readonly lines: readonly string[];
  readonly isWell: boolean;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}

interface Seen {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly addresses?: readonly { readonly value?: string }[];
    readonly phase?: string;
  };
}

/** The condition that each kind must report. */
const GATEWAY = 'gateway.networking.k8s.io/v1';
const ASKED = [
  { apiVersion: GATEWAY, kind: 'GatewayClass', condition: 'Accepted' },
  { apiVersion: GATEWAY, kind: 'Gateway', condition: 'Programmed' },
  { apiVersion: 'v1', kind: 'Node', condition: 'Ready' },
] as const;

/** The load balancer, the nodes, and pods that no node can take. Without a kubeconfig, it says how to get one. */
export async function clusterState(file: string | undefined): Promise<ClusterState> {
  if (file === undefined) {
    const how = 'aws eks update-kubeconfig --name gantry-<stage> --kubeconfig <file>, then KUBECONFIG=<file>';
    return { lines: [`not checked: set KUBECONFIG (${how})`], isWell: true };
  }
  const config = new KubeConfig();
  config.loadFromFile(file);
  const objects = KubernetesObjectApi.makeApiClient(config);
  const list = async (apiVersion: string, kind: string): Promise<readonly Seen[]> =>
    (await objects.list(apiVersion, kind)).items as readonly Seen[];
  try {
    const states = await Promise.all(
      ASKED.map(async ({ apiVersion, kind, condition }) => {
        const items = await list(apiVersion, kind);
        const lines = items.map((item) => stateOf(kind, item, condition));
        return items.length === 0 ? [{ line: `${kind}: there is none`, isWell: false }] : lines;
      }),
    );
    const pending = (await list('v1', 'Pod')).filter(({ status }) => status?.phase === 'Pending');
    const waiting = pending.map(({ metadata }) => ({
      line: `Pod ${metadata?.namespace}/${metadata?.name} is pending: kubectl describe pod says why`,
      isWell: false,
    }));
    const all = [...states.flat(), ...waiting];
    return { lines: all.map(({ line }) => line), isWell: all.every(({ isWell }) => isWell) };
  } catch (error) {
    return {
      lines: [`could not read it: ${error instanceof Error ? error.message.split('\n')[0] : error}`],
      isWell: false,
    };
  }
}

function stateOf(kind: string, { metadata, status }: Seen, type: string) {
  const condition = status?.conditions?.find((each) => each.type === type);
  const isWell = condition?.status === 'True';
  const addresses = (status?.addresses ?? []).flatMap(({ value }) => value ?? []).join(', ');
  const state = isWell ? type : `not ${type}${condition?.message ? `: ${condition.message}` : ''}`;
  return { line: `${kind} ${metadata?.name}: ${state}${addresses && `, ${addresses}`}`, isWell };
}
