import type { Topic } from '../transcript.ts';
import { APPS, CORE, DEPLOYMENTS, deployment, get, patch, post, put, settled } from './steps.ts';

const WEB = `${DEPLOYMENTS}/web`;
const condition = { type: 'Example', status: 'True', lastUpdateTime: null, lastTransitionTime: null };

/** Status and scale: written apart from the spec, each with its own owner. */
export const subresources: Topic = {
  topic: 'subresources',
  steps: [
    post('create with a status', DEPLOYMENTS, { ...deployment('web'), status: { replicas: 7 } }),
    settled('settled', 'web', 1),
    patch('status through the object', 'merge', WEB, { status: { replicas: 7 } }),
    patch('spec through the status', 'merge', `${WEB}/status`, { spec: { replicas: 7 } }),
    patch('status', 'strategic', `${WEB}/status?fieldManager=teller`, {
      status: { conditions: [{ ...condition, reason: 'Told' }] },
    }),
    get('status alone', `${WEB}/status`),
    get('scale', `${WEB}/scale`),
    patch('scale patched', 'merge', `${WEB}/scale?fieldManager=scaler`, { spec: { replicas: 0 } }),
    put('scale replaced with a stale version', `${WEB}/scale`, {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'web', namespace: '{{ns}}', resourceVersion: '1' },
      spec: { replicas: 0 },
    }),
    patch('scale below nothing', 'merge', `${WEB}/scale`, { spec: { replicas: -1 } }),
    put('scale of another kind', `${WEB}/scale`, deployment('web')),
    get('scale of what has none', `${CORE}/services/web/scale`),
    get('replica sets', `${APPS}/replicasets?labelSelector=app%3Dweb`),
    post('post to a status', `${WEB}/status`, deployment('web')),
    get('no such part', `${WEB}/parts`),
    patch('namespace status', 'merge', '/api/v1/namespaces/{{ns}}/status', { status: { phase: 'Active' } }),
  ],
};
