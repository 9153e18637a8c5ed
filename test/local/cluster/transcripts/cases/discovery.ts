import type { Topic } from '../transcript.ts';
import { get } from './steps.ts';

const only = (list: string, ...values: string[]) => ({ only: { list, key: 'name', values } });
const both = (...plurals: string[]) => plurals.flatMap((plural) => [plural, `${plural}/status`]);

/** A client's questions before its first request: the groups, versions and resources of the cluster. */
export const discovery: Topic = {
  topic: 'discovery',
  steps: [
    get('versions of the core', '/api'),
    get('groups', '/apis', only('groups', 'apps', 'batch', 'networking.k8s.io', 'rbac.authorization.k8s.io', 'policy')),
    get('one group', '/apis/apps'),
    get('a group that is not there', '/apis/nothing.example.com'),
    get('a version that is not there', '/apis/apps/v9'),
    get('a resource that is not there', '/api/v1/nothings'),
    get('a path that is not there', '/nothing'),
    get(
      'core resources',
      '/api/v1',
      only(
        'resources',
        ...both('namespaces', 'pods', 'services', 'nodes'),
        'pods/log',
        'configmaps',
        'secrets',
        'events',
        'serviceaccounts',
      ),
    ),
    get(
      'apps resources',
      '/apis/apps/v1',
      only('resources', ...both('deployments', 'replicasets'), 'deployments/scale', 'replicasets/scale'),
    ),
    get('network resources', '/apis/networking.k8s.io/v1', only('resources', 'networkpolicies')),
    get('policy resources', '/apis/policy/v1', only('resources', ...both('poddisruptionbudgets'))),
    get(
      'role resources',
      '/apis/rbac.authorization.k8s.io/v1',
      only('resources', 'roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'),
    ),
    get('batch resources', '/apis/batch/v1', only('resources', ...both('jobs', 'cronjobs'))),
    get('quota resources', '/api/v1', only('resources', ...both('resourcequotas'), 'limitranges')),
    get('autoscaling resources', '/apis/autoscaling/v2', only('resources', ...both('horizontalpodautoscalers'))),
  ],
};
