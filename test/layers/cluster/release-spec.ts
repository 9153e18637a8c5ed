import type { ReleaseSpec } from '@gantry/cluster/spec.ts';
import { newId } from '@gantry/contract/ids.ts';

/** The time of the tests, in milliseconds since 1970. */
export const NOW = Date.parse('2026-11-20T10:00:00Z');

/** A web release of two replicas. */
export const spec: ReleaseSpec = {
  teamId: newId('team'),
  projectId: newId('project'),
  environmentId: newId('environment'),
  serviceId: newId('service'),
  releaseId: newId('release'),
  generation: 1,
  kind: 'web',
  image: 'registry.example/shop@sha256:0',
  port: 8080,
  variables: {},
  securityGroups: [],
  health: { path: null, timeoutSeconds: 30 },
  size: 'small',
  scaling: { minReplicas: 2, maxReplicas: 2 },
  replicas: 2,
};

/** A time before NOW. */
export const ago = (seconds: number) => new Date(NOW - seconds * 1000);
