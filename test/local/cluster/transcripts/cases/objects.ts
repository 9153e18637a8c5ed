import type { Topic } from '../transcript.ts';
import { CONFIG_MAPS, CORE, configMap, get, patch, post, put, remove } from './steps.ts';

const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'kept' }, stringData: { key: 'word' } };

/** An object from its creation to its end, with outdated writers in between. */
export const objects: Topic = {
  topic: 'objects',
  steps: [
    post('create', CONFIG_MAPS, configMap('one', { a: '1' }, { labels: { set: 'x' }, annotations: { note: 'n' } })),
    get('get', `${CONFIG_MAPS}/one`),
    get('list', `${CONFIG_MAPS}?labelSelector=set%3Dx`),
    get('list of none', `${CONFIG_MAPS}?labelSelector=set%3Dnothing`),
    put('replace without a version', `${CONFIG_MAPS}/one`, configMap('one', { a: '2' }, { labels: { set: 'x' } })),
    put('replace by the same', `${CONFIG_MAPS}/one`, configMap('one', { a: '2' }, { labels: { set: 'x' } })),
    put(
      'replace with a stale version',
      `${CONFIG_MAPS}/one`,
      configMap('one', { a: '3' }, { resourceVersion: '{{create:metadata.resourceVersion}}' }),
    ),
    put(
      'replace with the version',
      `${CONFIG_MAPS}/one`,
      configMap(
        'one',
        { a: '3' },
        { labels: { set: 'x' }, resourceVersion: '{{replace by the same:metadata.resourceVersion}}' },
      ),
    ),
    put(
      'replace with a wrong uid',
      `${CONFIG_MAPS}/one`,
      configMap('one', { a: '4' }, { uid: '11111111-2222-3333-4444-555555555555' }),
    ),
    patch('patch with a stale version', 'merge', `${CONFIG_MAPS}/one`, {
      metadata: { resourceVersion: '{{create:metadata.resourceVersion}}' },
      data: { b: '1' },
    }),
    patch('patch with the version', 'merge', `${CONFIG_MAPS}/one`, {
      metadata: { resourceVersion: '{{replace with the version:metadata.resourceVersion}}' },
      data: { b: '1' },
    }),
    patch('patch of what is fixed', 'merge', `${CONFIG_MAPS}/one`, {
      metadata: { creationTimestamp: '2001-01-01T00:00:00Z', generation: 7, selfLink: '/x' },
    }),
    patch('patch of the name', 'merge', `${CONFIG_MAPS}/one`, { metadata: { name: 'two' } }),
    patch('patch that empties', 'merge', `${CONFIG_MAPS}/one`, { data: null, metadata: { labels: null } }),
    post('create without data', CONFIG_MAPS, configMap('bare')),
    post('create with empty data', CONFIG_MAPS, configMap('empty', {})),
    post('create a secret', `${CORE}/secrets`, secret),
    patch('add to a secret', 'merge', `${CORE}/secrets/kept`, { stringData: { more: 'x' } }),
    post('create a service account', `${CORE}/serviceaccounts`, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'runner' },
      automountServiceAccountToken: false,
    }),
    post('create an event', `${CORE}/events`, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'told' },
      involvedObject: { kind: 'ConfigMap', namespace: '{{ns}}', name: 'one', apiVersion: 'v1' },
      reason: 'Seen',
      message: 'It was seen.',
      type: 'Normal',
      count: 1,
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
      source: { component: 'recorder' },
    }),
    get(
      'events of an object',
      `${CORE}/events?fieldSelector=involvedObject.name%3Done,involvedObject.kind%3DConfigMap`,
    ),
    remove('delete with a precondition', `${CONFIG_MAPS}/one`, { preconditions: { uid: '{{create:metadata.uid}}' } }),
    get('get what is gone', `${CONFIG_MAPS}/one`),
    remove('delete', `${CONFIG_MAPS}/bare`),
    post('create one of a set', CONFIG_MAPS, configMap('set-a', {}, { labels: { set: 'y' } })),
    post('create another of a set', CONFIG_MAPS, configMap('set-b', {}, { labels: { set: 'y' } })),
    remove('delete a set', `${CONFIG_MAPS}?labelSelector=set%3Dy`),
    get('list of what is gone', `${CONFIG_MAPS}?labelSelector=set%3Dy`),
    post('create as a dry run', `${CONFIG_MAPS}?dryRun=All`, configMap('dry', { a: '1' })),
    get('get after a dry run', `${CONFIG_MAPS}/dry`),
    patch('patch as a dry run', 'merge', `${CONFIG_MAPS}/empty?dryRun=All`, { data: { a: '1' } }),
    remove('delete as a dry run', `${CONFIG_MAPS}/empty`, { dryRun: ['All'] }),
    get('get after dry runs', `${CONFIG_MAPS}/empty`),
    post('unknown field, ignored', `${CONFIG_MAPS}?fieldValidation=Ignore`, {
      ...configMap('ignored'),
      dta: { a: '1' },
    }),
    post('unknown field, warned of', `${CONFIG_MAPS}?fieldValidation=Warn`, {
      ...configMap('warned'),
      dta: { a: '1' },
    }),
    post('unknown field, strict', `${CONFIG_MAPS}?fieldValidation=Strict`, { ...configMap('strict'), dta: { a: '1' } }),
    post('two unknown fields, strict', `${CONFIG_MAPS}?fieldValidation=Strict`, {
      ...configMap('strict', {}, { labls: {} }),
      dta: {},
    }),
    patch('unknown field in a patch, strict', 'merge', `${CONFIG_MAPS}/empty?fieldValidation=Strict`, {
      dta: { a: '1' },
    }),
    patch('unknown field in an apply', 'apply', `${CONFIG_MAPS}/empty?fieldManager=x`, {
      ...configMap('empty'),
      dta: { a: '1' },
    }),
    post(
      'duplicate field, strict',
      `${CONFIG_MAPS}?fieldValidation=Strict`,
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"double"},"data":{"a":"1","a":"2"}}',
    ),
  ],
};
