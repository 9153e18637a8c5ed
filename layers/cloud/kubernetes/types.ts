import type { V1ObjectMeta } from '@kubernetes/client-node';

export type {
  CoreV1Event as ClusterEvent,
  KubernetesObject,
  V1ConfigMap as ConfigMap,
  V1Container as Container,
  V1ContainerStatus as ContainerStatus,
  V1CronJob as CronJob,
  V1Deployment as Deployment,
  V1Job as Job,
  V1LimitRange as LimitRange,
  V1Namespace as Namespace,
  V1NetworkPolicy as NetworkPolicy,
  V1ObjectMeta as ObjectMeta,
  V1Pod as Pod,
  V1PodDisruptionBudget as DisruptionBudget,
  V1PodTemplateSpec as PodTemplate,
  V1Probe as Probe,
  V1ResourceQuota as ResourceQuota,
  V1Secret as Secret,
  V1Service as KubernetesService,
  V1ServiceAccount as ServiceAccount,
  V2HorizontalPodAutoscaler as Autoscaler,
} from '@kubernetes/client-node';

/** The parts of a Gateway API HTTPRoute that Gantry writes. https://gateway-api.sigs.k8s.io/api-types/httproute/ */
export interface HttpRoute {
  readonly apiVersion: 'gateway.networking.k8s.io/v1';
  readonly kind: 'HTTPRoute';
  readonly metadata: V1ObjectMeta;
  readonly spec: {
    readonly parentRefs: readonly { readonly name: string; readonly namespace: string }[];
    readonly hostnames: readonly string[];
    readonly rules: readonly { readonly backendRefs: readonly BackendRef[] }[];
  };
}

/** The parts of a SecurityGroupPolicy that Gantry writes. https://docs.aws.amazon.com/eks/latest/userguide/auto-sgp.html */
export interface SecurityGroupPolicy {
  readonly apiVersion: 'vpcresources.k8s.aws/v1beta1';
  readonly kind: 'SecurityGroupPolicy';
  readonly metadata: V1ObjectMeta;
  readonly spec: {
    readonly podSelector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly securityGroups: { readonly groupIds: readonly string[] };
  };
}

export interface BackendRef {
  readonly name: string;
  readonly port: number;
  readonly weight: number;
}

/** Names one object, or with an empty name and a label selector some objects of a kind. */
export interface ObjectName {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}
