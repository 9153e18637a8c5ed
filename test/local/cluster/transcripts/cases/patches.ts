import type { Topic } from '../transcript.ts';
import { CONFIG_MAPS, configMap, DEPLOYMENTS, deployment, patch, post, settled } from './steps.ts';

const PATH = `${DEPLOYMENTS}/web`;
const containers = (container: unknown, spec: object = {}) => ({
  spec: { template: { spec: { containers: [container], ...spec } } },
});

/** Merge patches, JSON patches and strategic merge patches with their directives. */
export const patches: Topic = {
  topic: 'patches',
  steps: [
    post('config map', CONFIG_MAPS, configMap('patched', { a: '1', b: '2' })),
    patch('merge', 'merge', `${CONFIG_MAPS}/patched`, { data: { a: null, c: '3' } }),
    patch('merge by the same', 'merge', `${CONFIG_MAPS}/patched`, { data: { c: '3' } }),
    patch('merge of a list', 'merge', `${CONFIG_MAPS}/patched`, []),
    patch('json', 'json', `${CONFIG_MAPS}/patched`, [
      { op: 'test', path: '/data/c', value: '3' },
      { op: 'add', path: '/data/d~1e', value: '4' },
      { op: 'copy', from: '/data/b', path: '/data/copied' },
      { op: 'move', from: '/data/c', path: '/data/moved' },
      { op: 'replace', path: '/data/b', value: '5' },
    ]),
    patch('json that fails its test', 'json', `${CONFIG_MAPS}/patched`, [{ op: 'test', path: '/data/b', value: 'x' }]),
    patch('json that removes nothing', 'json', `${CONFIG_MAPS}/patched`, [{ op: 'remove', path: '/data/nothing' }]),
    patch('json that replaces nothing', 'json', `${CONFIG_MAPS}/patched`, [
      { op: 'replace', path: '/data/nothing', value: 'x' },
    ]),
    patch('json below nothing', 'json', `${CONFIG_MAPS}/patched`, [{ op: 'add', path: '/nothing/at/all', value: 'x' }]),
    patch('json of an unknown operation', 'json', `${CONFIG_MAPS}/patched`, [
      { op: 'upset', path: '/data/b', value: 'x' },
    ]),
    patch('json that is no list', 'json', `${CONFIG_MAPS}/patched`, { op: 'add' }),
    patch('json that makes it invalid', 'json', `${CONFIG_MAPS}/patched`, [
      { op: 'add', path: '/data/a b', value: 'x' },
    ]),
    post(
      'deployment',
      DEPLOYMENTS,
      deployment(
        'web',
        {},
        {
          env: [
            { name: 'A', value: '1' },
            { name: 'B', value: '2' },
          ],
          args: ['a', 'b'],
        },
      ),
    ),
    settled('settled at 1', 'web', 1),
    patch(
      'strategic',
      'strategic',
      PATH,
      containers({
        name: 'app',
        env: [
          { name: 'B', value: '3' },
          { name: 'C', value: '4' },
        ],
        args: ['c'],
      }),
    ),
    settled('settled at 2', 'web', 2),
    patch(
      'strategic that deletes an item',
      'strategic',
      PATH,
      containers({ name: 'app', env: [{ name: 'A', $patch: 'delete' }] }),
    ),
    settled('settled at 3', 'web', 3),
    patch(
      'strategic that orders',
      'strategic',
      PATH,
      containers({
        name: 'app',
        '$setElementOrder/env': [{ name: 'C' }, { name: 'B' }],
        env: [{ name: 'C', value: '5' }],
      }),
    ),
    settled('settled at 4', 'web', 4),
    patch(
      'strategic that replaces a list',
      'strategic',
      PATH,
      containers({ name: 'app', env: [{ $patch: 'replace' }, { name: 'Z', value: '1' }] }),
    ),
    settled('settled at 5', 'web', 5),
    patch('strategic with retained keys', 'strategic', PATH, {
      spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
    }),
    settled('settled at 6', 'web', 6),
    patch(
      'strategic that adds a container',
      'strategic',
      PATH,
      containers({ name: 'side', image: 'registry.test/side:1' }),
    ),
    settled('settled at 7', 'web', 7),
    patch('strategic of an item without its key', 'strategic', PATH, containers({ image: 'x' })),
    patch('strategic of ports', 'strategic', PATH, containers({ name: 'app', ports: [{ containerPort: 9090 }] })),
    settled('settled at 8', 'web', 8),
    patch('strategic by the same', 'strategic', PATH, containers({ name: 'app', ports: [{ containerPort: 9090 }] })),
    patch('merge of a deployment', 'merge', PATH, { spec: { revisionHistoryLimit: 3 } }),
    settled('settled at 9', 'web', 9),
    patch('finalizers added', 'strategic', `${CONFIG_MAPS}/patched`, { metadata: { finalizers: ['example.com/a'] } }),
    patch('finalizers merged', 'strategic', `${CONFIG_MAPS}/patched`, { metadata: { finalizers: ['example.com/b'] } }),
    patch('finalizers deleted from', 'strategic', `${CONFIG_MAPS}/patched`, {
      metadata: { '$deleteFromPrimitiveList/finalizers': ['example.com/a'] },
    }),
    patch('finalizers emptied', 'merge', `${CONFIG_MAPS}/patched`, { metadata: { finalizers: null } }),
  ],
};
