import { startTestCluster, until } from './harness.ts';
import { apply, created, deployment, preparePlatform, route, serverImage, service } from './objects.ts';

/** Its own process with a cluster and one app that answers, for tests that kill it. Prints its folder when the app answers. */
const test = await startTestCluster();
await preparePlatform(test.api, 'shop');
await created(apply(test.api, 'shop', deployment('live', await serverImage(test, '1'))));
await created(apply(test.api, 'shop', service('live')));
await created(apply(test.api, 'shop', route('live', 'live.localhost', { live: 1 })));
await until(
  () => test.ask('live.localhost'),
  ({ status }) => status === 200,
);
process.stdout.write(`${test.folder}\n`);
setInterval(() => undefined, 60_000);
