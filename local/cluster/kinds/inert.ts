import type { Kind } from './kind.ts';
import { SCHEMAS } from './schema.ts';

/**
 * Kinds that the product writes to a real cluster and that are stored here without effect. Each has the reason why that is harmless on a machine with
 * one trusted user's processes.
 */
export const INERT_KINDS: readonly (Kind & { readonly reason: string })[] = [
  {
    ...row('networking.k8s.io', 'v1', 'NetworkPolicy', 'networkpolicies'),
    shortNames: ['netpol'],
    reason: 'Processes share the network of the machine; there is no boundary at which a policy could act.',
  },
  {
    ...row('policy', 'v1', 'PodDisruptionBudget', 'poddisruptionbudgets'),
    shortNames: ['pdb'],
    reason: 'The one node is never drained, so there is no voluntary disruption to limit.',
  },
  {
    ...row('autoscaling', 'v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers'),
    shortNames: ['hpa'],
    reason: 'Nothing scales by load here: the number of pods stays as the Deployment says.',
  },
  {
    ...row('apps', 'v1', 'DaemonSet', 'daemonsets'),
    shortNames: ['ds'],
    reason: 'Node agents need a node of their own; the local node has none, and their pods are not run.',
  },
  {
    ...row('apps', 'v1', 'StatefulSet', 'statefulsets'),
    shortNames: ['sts'],
    reason: 'The platform has one StatefulSet, which ships the events of the cluster: the local node does its work.',
  },
  {
    ...row('eks.amazonaws.com', 'v1', 'NodeClass', 'nodeclasses'),
    namespaced: false,
    strategic: false,
    reason: 'There are no EC2 nodes to configure.',
  },
  {
    ...row('eks.amazonaws.com', 'v1', 'TargetGroupConfiguration', 'targetgroupconfigurations'),
    strategic: false,
    reason: 'The target groups of the local proxy have nothing to configure: it serves the ready pods.',
  },
  {
    ...row('eks.amazonaws.com', 'v1', 'LoadBalancerConfiguration', 'loadbalancerconfigurations'),
    strategic: false,
    reason: 'The local proxy has no addresses of its own to choose: it listens on loopback.',
  },
  {
    ...row('vpcresources.k8s.aws', 'v1beta1', 'SecurityGroupPolicy', 'securitygrouppolicies'),
    strategic: false,
    reason: 'Processes share the loopback of the machine: only its password protects a database from other apps.',
  },
  {
    ...row('karpenter.sh', 'v1', 'NodePool', 'nodepools'),
    namespaced: false,
    strategic: false,
    reason: 'There are no EC2 nodes to provision.',
  },
];

function row(group: string, version: string, kind: string, plural: string): Kind {
  return { group, version, kind, plural, namespaced: true, strategic: true, schema: SCHEMAS.conditioned };
}
