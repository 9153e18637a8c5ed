import { developer, running } from '../../journeys/developer.ts';
import { newService } from '../../journeys/platform.ts';
import { LOAD_APP, startLoad } from '../../local/cluster/load.ts';
import type { Topic } from '../figures.ts';
import type { Bed } from '../platform.ts';

const DEPLOYMENTS = 20;
const ROLLBACKS = 5;
const RATE = 200;

const version = (number: number) => running(`process.env.VERSION = '${number}';\n${LOAD_APP}`);

/** An app under open-loop load while its releases switch: no request may fail. */
export const traffic = (bed: Bed): Topic => ({
  name: 'traffic',
  async measure() {
    const ada = developer(bed.client);
    const target = await newService(bed.client, 'bench-traffic', { path: '/', timeoutSeconds: 60 });
    const { url } = await ada.deploy(target, version(0));
    const { hostname, port } = new URL(url ?? '');
    const load = startLoad({ url: `http://127.0.0.1:${port}`, host: hostname, rate: RATE });
    for (let number = 1; number <= DEPLOYMENTS; number += 1) {
      const queued = await ada.queue(target, version(number));
      await load.hold();
      await ada.end(target, queued);
    }
    for (let number = 0; number < ROLLBACKS; number += 1) {
      await load.hold();
      await ada.end(target, await bed.client('deployments.rollback', { params: target, body: {} }));
    }
    const { sent, failures, slow, sockets, latency, answers } = await load.stop();
    const switches = DEPLOYMENTS + ROLLBACKS;
    if (Object.keys(answers).length !== DEPLOYMENTS + 1) throw new Error('not every version has answered');
    if (slow !== switches || sockets.length !== switches) throw new Error('a held response or socket was lost');
    const detail =
      `${DEPLOYMENTS} deployments and ${ROLLBACKS} rollbacks at ${RATE} requests a second without retries, every other on a new connection, ` +
      'with a five-second response and a WebSocket in flight at each switch';
    return [
      { name: `failed of ${sent} requests`, value: failures.length, unit: 'requests', aim: 0, detail },
      { name: 'answer under that load, p99', value: latency.p99, unit: 'ms', detail },
    ];
  },
});
