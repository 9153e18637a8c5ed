import type { Topic } from '../transcript.ts';
import { apply, CONFIG_MAPS, CORE, configMap, DEPLOYMENTS, deployment, get, patch, post, settled } from './steps.ts';

const OWNED = `${CONFIG_MAPS}/owned`;
const WEB = `${DEPLOYMENTS}/web`;
const service = (ports: unknown, selector: unknown = { app: 'web' }) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector, ports },
});
const replicas = (count: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: { replicas: count },
});

/** Server-side apply: ownership, conflicts, shared fields and removed fields. */
export const serverSideApply: Topic = {
  topic: 'apply',
  steps: [
    apply('created by apply', 'first', OWNED, configMap('owned', { a: '1', b: '1' })),
    apply('the same again', 'first', OWNED, configMap('owned', { a: '1', b: '1' })),
    apply('conflict', 'second', OWNED, configMap('owned', { a: '2' })),
    apply('conflict in two fields', 'second', OWNED, configMap('owned', { a: '2', b: '2' })),
    apply('shared', 'second', OWNED, configMap('owned', { a: '1', c: '3' })),
    apply('conflict with two', 'third', OWNED, configMap('owned', { a: '9' })),
    apply('own field pruned', 'second', OWNED, configMap('owned', { a: '1' })),
    apply('shared field given up', 'first', OWNED, configMap('owned', { b: '1' })),
    apply('forced', 'first', OWNED, configMap('owned', { a: '5', b: '1' }), '&force=true'),
    patch('changed by an update', 'merge', `${OWNED}?fieldManager=editor`, { data: { b: '7', d: '8' } }),
    apply('conflict with an update', 'first', OWNED, configMap('owned', { a: '5', b: '1' })),
    apply('update given up to', 'first', OWNED, configMap('owned', { a: '5', b: '7' })),
    apply('everything given up', 'first', OWNED, configMap('owned')),
    apply(
      'labels and annotations',
      'first',
      OWNED,
      configMap('owned', {}, { labels: { x: '1' }, annotations: { y: '2' }, finalizers: ['example.com/hold'] }),
    ),
    apply('labels of another', 'second', OWNED, configMap('owned', { a: '1' }, { labels: { z: '1' } })),
    apply('finalizers given up', 'first', OWNED, configMap('owned', {}, { labels: { x: '1' } })),
    patch('version of before', 'merge', OWNED, { data: { e: '1' } }),
    apply(
      'stale version',
      'first',
      OWNED,
      configMap('owned', { f: '1' }, { resourceVersion: '{{created by apply:metadata.resourceVersion}}' }),
    ),
    apply(
      'present version',
      'first',
      OWNED,
      configMap('owned', { f: '1' }, { resourceVersion: '{{version of before:metadata.resourceVersion}}' }),
    ),
    apply('version of nothing', 'first', `${CONFIG_MAPS}/never`, configMap('never', {}, { resourceVersion: '1' })),
    apply(
      'uid of nothing',
      'first',
      `${CONFIG_MAPS}/never`,
      configMap('never', {}, { uid: '11111111-2222-3333-4444-555555555555' }),
    ),
    patch('without a manager', 'apply', OWNED, configMap('owned')),
    apply(
      'with managed fields',
      'first',
      OWNED,
      configMap('owned', {}, { managedFields: [{ manager: 'x', operation: 'Apply', apiVersion: 'v1' }] }),
    ),
    apply('under another name', 'first', OWNED, configMap('other')),
    apply('without a kind', 'first', OWNED, { metadata: { name: 'owned' }, data: {} }),
    apply('forced merge', 'first', OWNED, configMap('owned'), '&force=maybe'),
    patch('force of a merge patch', 'merge', `${OWNED}?force=true`, { data: {} }),
    apply('dry run', 'fourth', OWNED, configMap('owned', { g: '1' }), '&dryRun=All'),
    apply(
      'in YAML',
      'yaml',
      `${CONFIG_MAPS}/yaml`,
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yaml\ndata:\n  a: "1"\n',
    ),
    patch('managers reset', 'merge', OWNED, { metadata: { managedFields: [{}] } }),
    apply('after the reset', 'first', OWNED, configMap('owned', { h: '1' })),
    apply('deployment', 'first', WEB, deployment('web', {}, { env: [{ name: 'A', value: '1' }] })),
    settled('deployment settled', 'web', 1),
    apply('deployment again', 'first', WEB, deployment('web', {}, { env: [{ name: 'A', value: '1' }] })),
    apply('item of another', 'second', WEB, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: { template: { spec: { containers: [{ name: 'app', env: [{ name: 'B', value: '2' }] }] } } },
    }),
    settled('item settled', 'web', 2),
    apply('conflict in an item', 'second', WEB, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        template: {
          spec: { containers: [{ name: 'app', image: 'registry.test/app:2', env: [{ name: 'A', value: '2' }] }] },
        },
      },
    }),
    apply('item given up', 'second', WEB, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } }),
    settled('item gone', 'web', 3),
    patch('scaled by another', 'merge', `${WEB}/scale?fieldManager=scaler`, { spec: { replicas: 0 } }),
    patch('paused by another', 'merge', `${WEB}?fieldManager=scaler`, { spec: { revisionHistoryLimit: 4 } }),
    settled('paused settled', 'web', 4),
    apply(
      'conflict with the other',
      'first',
      WEB,
      deployment('web', { revisionHistoryLimit: 5 }, { env: [{ name: 'A', value: '1' }] }),
    ),
    apply('replicas left alone', 'third', WEB, replicas(0)),
    apply('invalid', 'third', WEB, replicas(-1)),
    apply('service', 'first', `${CORE}/services/web`, service([{ port: 80, name: 'http' }])),
    apply('service again', 'first', `${CORE}/services/web`, service([{ port: 80, name: 'http' }])),
    apply(
      'port of another',
      'second',
      `${CORE}/services/web`,
      service([{ port: 443, name: 'https', protocol: 'TCP' }]),
    ),
    apply(
      'selector of another',
      'second',
      `${CORE}/services/web`,
      service([{ port: 443, name: 'https', protocol: 'TCP' }], { app: 'other' }),
    ),
    post('created', CONFIG_MAPS, configMap('updated', { a: '1' })),
    apply('apply over a create', 'first', `${CONFIG_MAPS}/updated`, configMap('updated', { a: '2' })),
    apply('forced over a create', 'first', `${CONFIG_MAPS}/updated`, configMap('updated', { a: '2' }), '&force=true'),
    apply('status by apply', 'third', `${WEB}/status`, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: { replicas: 9 },
    }),
    get('in the end', OWNED),
  ],
};
