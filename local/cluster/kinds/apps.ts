import { forbiddenValue, notSupported } from '../api/errors.ts';
import type { Deployment, ReplicaSet } from '../model.ts';
import type { Kind } from './kind.ts';
import { completePodSpec } from './pods.ts';
import { SCHEMAS } from './schema.ts';
import { validateWorkload } from './validation.ts';

export const DEPLOYMENTS: Kind<Deployment> = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  subresources: ['status', 'scale'],
  schema: SCHEMAS.workload,
  strategic: true,
  columns: [
    { name: 'Name', cell: ({ metadata }) => metadata.name },
    { name: 'Ready', cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 1}` },
    { name: 'Up-to-date', type: 'integer', cell: ({ status }) => status?.updatedReplicas ?? 0 },
    { name: 'Available', type: 'integer', cell: ({ status }) => status?.availableReplicas ?? 0 },
  ],
  complete(object) {
    const { spec } = object;
    if (spec === undefined) return;
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    spec.strategy ??= {};
    spec.strategy.type ??= 'RollingUpdate';
    if (spec.strategy.type === 'RollingUpdate') {
      spec.strategy.rollingUpdate = { maxSurge: '25%', maxUnavailable: '25%', ...spec.strategy.rollingUpdate };
    }
    completePodSpec(spec.template?.spec);
  },
  validate(object, previous) {
    const causes = [...validateWorkload(object, previous)];
    const strategy = object.spec?.strategy;
    if (strategy?.type === 'Recreate' && strategy.rollingUpdate !== undefined) {
      causes.push(
        forbiddenValue('spec.strategy.rollingUpdate', "may not be specified when strategy `type` is 'Recreate'"),
      );
    }
    if ((object.spec?.template?.spec?.restartPolicy ?? 'Always') !== 'Always') {
      causes.push(
        notSupported('spec.template.spec.restartPolicy', object.spec?.template?.spec?.restartPolicy, ['Always']),
      );
    }
    return causes;
  },
};

export const REPLICA_SETS: Kind<ReplicaSet> = {
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
  subresources: ['status', 'scale'],
  schema: SCHEMAS.workload,
  strategic: true,
  columns: [
    { name: 'Name', cell: ({ metadata }) => metadata.name },
    { name: 'Desired', type: 'integer', cell: ({ spec }) => spec.replicas ?? 1 },
    { name: 'Current', type: 'integer', cell: ({ status }) => status?.replicas ?? 0 },
    { name: 'Ready', type: 'integer', cell: ({ status }) => status?.readyReplicas ?? 0 },
  ],
  complete(object) {
    const { spec } = object;
    object.status ??= { replicas: 0 };
    if (spec === undefined) return;
    spec.replicas ??= 1;
    completePodSpec(spec.template?.spec);
  },
  validate: validateWorkload,
};
