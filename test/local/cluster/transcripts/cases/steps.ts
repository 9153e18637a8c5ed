import type { Step, Until } from '../transcript.ts';

type Fields = Readonly<Record<string, unknown>>;
type More = Omit<Partial<Step>, 'name' | 'method' | 'path' | 'body'>;

export function get(name: string, path: string, more: More = {}): Step {
  return { name, method: 'GET', path, ...more };
}

export function post(name: string, path: string, body: unknown, more: More = {}): Step {
  return { name, method: 'POST', path, body, ...more };
}

export function put(name: string, path: string, body: unknown, more: More = {}): Step {
  return { name, method: 'PUT', path, body, ...more };
}

export function remove(name: string, path: string, body?: unknown, more: More = {}): Step {
  return { name, method: 'DELETE', path, ...(body === undefined ? {} : { body }), ...more };
}

const PATCH_TYPES = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

export function patch(name: string, type: keyof typeof PATCH_TYPES, path: string, body: unknown): Step {
  return { name, method: 'PATCH', path, headers: { 'content-type': PATCH_TYPES[type] }, body };
}

/** Server-side apply by a manager; `more` is the rest of the query. */
export function apply(name: string, manager: string, path: string, body: unknown, more = ''): Step {
  return patch(name, 'apply', `${path}?fieldManager=${manager}${more}`, body);
}

/** Repeats a GET until its answer matches. */
export function awaited(name: string, path: string, until: Until, more: More = {}): Step {
  return get(name, path, { until, ...more });
}

export const CORE = '/api/v1/namespaces/{{ns}}';
export const APPS = '/apis/apps/v1/namespaces/{{ns}}';
export const CONFIG_MAPS = `${CORE}/configmaps`;
export const DEPLOYMENTS = `${APPS}/deployments`;

export function configMap(name: string, data?: Fields, metadata: Fields = {}): Fields {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, ...metadata },
    ...(data === undefined ? {} : { data }),
  };
}

/** A Deployment without pods: it becomes stable on a cluster that has no nodes. */
export function deployment(name: string, spec: Fields = {}, container: Fields = {}): Fields {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: { app: name } },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [{ name: 'app', image: 'registry.test/app:1', ports: [{ containerPort: 8080 }], ...container }],
        },
      },
      ...spec,
    },
  };
}

/** Waits until the controllers have finished with this generation of a Deployment without pods. */
export function settled(name: string, deploymentName: string, generation: number): Step {
  const values = {
    'status.observedGeneration': generation,
    'status.conditions.Progressing.reason': 'NewReplicaSetAvailable',
    'status.conditions.Available.reason': 'MinimumReplicasAvailable',
  };
  return awaited(name, `${DEPLOYMENTS}/${deploymentName}`, { values });
}
