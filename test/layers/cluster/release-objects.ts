import type { CronJob, Deployment, KubernetesObject } from '@gantry/cloud/kubernetes/types.ts';
import { releaseObjects } from '@gantry/cluster/objects.ts';
import type { ReleaseSpec } from '@gantry/cluster/spec.ts';
import { newId } from '@gantry/contract/ids.ts';

export const stage = {
  loadBalancerNetworks: ['10.0.0.0/22', '10.0.4.0/22'],
  drainSeconds: 15,
  databaseNetworks: ['10.0.72.0/24', '10.0.73.0/24'],
  clusterGroup: 'sg-0123456789abcdef0',
  loadBalancerApi: 'gateway.k8s.aws/v1',
};
export const web: ReleaseSpec = {
  teamId: newId('team'),
  projectId: newId('project'),
  environmentId: newId('environment'),
  serviceId: newId('service'),
  releaseId: newId('release'),
  generation: 7,
  kind: 'web',
  image: `registry.example/shop@sha256:${'a'.repeat(64)}`,
  port: 8080,
  variables: { GREETING: 'grüezi', EMPTY: '' },
  securityGroups: [],
  health: { path: '/healthz', timeoutSeconds: 60 },
  size: 'small',
  scaling: { minReplicas: 2, maxReplicas: 4 },
  replicas: 2,
};
export const worker: ReleaseSpec = { ...web, kind: 'worker', port: null };
export const cron: ReleaseSpec = { ...web, kind: 'cron', port: null, schedule: '*/5 * * * *' };

/** The objects of a release, and the parts that most tests look at. */
export function objectsOf(spec: ReleaseSpec) {
  const { workload, secret, others } = releaseObjects(spec, stage);
  const deployment = workload as Deployment;
  const cronJob = workload as CronJob;
  const template = deployment.spec?.template ?? cronJob.spec?.jobTemplate.spec?.template;
  const [container] = template?.spec?.containers ?? [];
  return { all: [secret, ...others, workload], others, secret, deployment, cronJob, template, container };
}

export const kindsOf = (objects: readonly KubernetesObject[]) => objects.map(({ kind }) => kind);
export const find = (objects: readonly KubernetesObject[], kind: string) =>
  objects.find((object) => object.kind === kind);
