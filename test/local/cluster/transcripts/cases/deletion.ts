import type { Step, Topic } from '../transcript.ts';
import {
  APPS,
  awaited,
  CONFIG_MAPS,
  configMap,
  DEPLOYMENTS,
  deployment,
  get,
  patch,
  post,
  remove,
  settled,
} from './steps.ts';

const at = (name: string) => `${CONFIG_MAPS}/${name}`;
const owned = (step: string, name: string, owner: string, metadata: object = {}): Step =>
  post(
    step,
    CONFIG_MAPS,
    configMap(name, undefined, {
      ownerReferences: [
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          name: owner,
          uid: `{{${owner}:metadata.uid}}`,
          blockOwnerDeletion: true,
        },
      ],
      ...metadata,
    }),
  );
const hold = { finalizers: ['example.com/hold'] };
const release = (name: string, object: string) => patch(name, 'merge', at(object), { metadata: { finalizers: null } });

/** Finalizers, owners and their dependents, and the end of a namespace. */
export const deletion: Topic = {
  topic: 'deletion',
  steps: [
    post('held', CONFIG_MAPS, configMap('held', { a: '1' }, hold)),
    remove('delete held', at('held')),
    get('held on', at('held')),
    remove('delete held again', at('held')),
    patch('change what is held', 'merge', at('held'), { data: { a: '2' } }),
    patch('another finalizer', 'merge', at('held'), {
      metadata: { finalizers: ['example.com/hold', 'example.com/more'] },
    }),
    release('release held', 'held'),
    get('held gone', at('held')),
    post('background', CONFIG_MAPS, configMap('background')),
    owned('background dependent', 'background-dependent', 'background'),
    remove('delete in the background', at('background'), { propagationPolicy: 'Background' }),
    get('background owner gone', at('background')),
    awaited('background dependent gone', at('background-dependent'), { status: 404 }),
    post('foreground', CONFIG_MAPS, configMap('foreground')),
    owned('foreground dependent', 'foreground-dependent', 'foreground', hold),
    remove('delete in the foreground', at('foreground'), { propagationPolicy: 'Foreground' }),
    awaited('foreground dependent going', at('foreground-dependent'), {
      values: { 'metadata.deletionGracePeriodSeconds': 0 },
    }),
    get('foreground owner waits', at('foreground')),
    release('release the dependent', 'foreground-dependent'),
    awaited('foreground dependent gone', at('foreground-dependent'), { status: 404 }),
    awaited('foreground owner gone', at('foreground'), { status: 404 }),
    post('orphaning', CONFIG_MAPS, configMap('orphaning')),
    owned('orphan', 'orphan', 'orphaning'),
    remove('delete and orphan', at('orphaning'), { propagationPolicy: 'Orphan' }),
    awaited('orphaning owner gone', at('orphaning'), { status: 404 }),
    get('orphan left', at('orphan')),
    post(
      'absent owner',
      CONFIG_MAPS,
      configMap('lost', undefined, {
        ownerReferences: [
          { apiVersion: 'v1', kind: 'ConfigMap', name: 'never', uid: '11111111-2222-3333-4444-555555555555' },
        ],
      }),
    ),
    awaited('dependent of nobody gone', at('lost'), { status: 404 }),
    post(
      'owner without a uid',
      CONFIG_MAPS,
      configMap('wrong', undefined, { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'never' }] }),
    ),
    post('deployment', DEPLOYMENTS, deployment('web')),
    settled('deployment settled', 'web', 1),
    remove('delete the deployment', `${DEPLOYMENTS}/web`),
    awaited('its replica set gone', `${APPS}/replicasets?labelSelector=app%3Dweb`, { values: { items: [] } }),
    post('namespace', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: '{{ns}}-doomed' },
    }),
    get('namespace read', '/api/v1/namespaces/{{ns}}-doomed'),
    post('within', '/api/v1/namespaces/{{ns}}-doomed/configmaps', configMap('within', undefined, hold)),
    remove('delete the namespace', '/api/v1/namespaces/{{ns}}-doomed'),
    post('create in what ends', '/api/v1/namespaces/{{ns}}-doomed/configmaps', configMap('late')),
    awaited('content going', '/api/v1/namespaces/{{ns}}-doomed/configmaps/within', {
      values: { 'metadata.deletionGracePeriodSeconds': 0 },
    }),
    patch('release what is within', 'merge', '/api/v1/namespaces/{{ns}}-doomed/configmaps/within', {
      metadata: { finalizers: null },
    }),
    awaited('namespace gone', '/api/v1/namespaces/{{ns}}-doomed', { status: 404 }),
  ],
};
