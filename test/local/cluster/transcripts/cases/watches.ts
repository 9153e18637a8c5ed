import type { Step, Topic } from '../transcript.ts';
import { CONFIG_MAPS, configMap, get, patch, post, remove } from './steps.ts';

const watch = (name: string, query: string, take: number, headers: Record<string, string> = {}): Step =>
  get(name, `${CONFIG_MAPS}?watch=1&timeoutSeconds=5&${query}`, { take, headers });
const since = 'resourceVersion={{create a:metadata.resourceVersion}}';
const label = (name: string, object: string, labels: unknown): Step =>
  patch(name, 'merge', `${CONFIG_MAPS}/${object}`, { metadata: { labels } });

/** The events of a watch, and their order. */
export const watches: Topic = {
  topic: 'watches',
  steps: [
    post('create a', CONFIG_MAPS, configMap('a', { v: '1' }, { labels: { mine: 'yes' } })),
    post('create b', CONFIG_MAPS, configMap('b', { v: '1' })),
    label('b enters', 'b', { mine: 'yes' }),
    patch('b changes', 'merge', `${CONFIG_MAPS}/b`, { data: { v: '2' } }),
    label('b leaves', 'b', { mine: null }),
    patch('b changes outside', 'merge', `${CONFIG_MAPS}/b`, { data: { v: '3' } }),
    label('b enters again', 'b', { mine: 'yes' }),
    remove('b is deleted', `${CONFIG_MAPS}/b`),
    watch('all since a', `${since}&fieldSelector=metadata.name%3Db`, 7),
    watch('selected since a', `${since}&labelSelector=mine%3Dyes`, 5),
    get(
      'without an event',
      `${CONFIG_MAPS}?watch=1&timeoutSeconds=1&resourceVersion={{b enters again:metadata.resourceVersion}}&fieldSelector=metadata.name%3Da`,
      { take: 1 },
    ),
    watch('from the beginning', 'labelSelector=mine%3Dyes', 1),
    watch('from version 0', 'labelSelector=mine%3Dyes&resourceVersion=0', 1),
    watch(
      'as a streaming list',
      'labelSelector=mine%3Dyes&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
      2,
    ),
    watch('as a streaming list without its match', 'sendInitialEvents=true&allowWatchBookmarks=true', 1),
    watch('too old', 'resourceVersion=1', 1),
    watch('of a version that is none', 'resourceVersion=x', 1),
    watch('as tables', 'labelSelector=mine%3Dyes', 1, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }),
    watch('as metadata', 'labelSelector=mine%3Dyes', 1, {
      accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
    }),
    get('by the name', `${CONFIG_MAPS}/a?watch=1&timeoutSeconds=5`, { take: 1 }),
    get('by the old path', '/api/v1/watch/namespaces/{{ns}}/configmaps?labelSelector=mine%3Dyes&timeoutSeconds=5', {
      take: 1,
    }),
  ],
};
