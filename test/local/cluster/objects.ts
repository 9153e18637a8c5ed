import type { Api, Loose } from './api-answer.ts';
import type { Entry, TestCluster } from './harness.ts';

const SERVER = `
import { createServer } from 'node:http';
const server = createServer((request, response) => {
  if (request.url === '/slow') {
    console.log('slow begins');
    return void setTimeout(() => response.end('slow ' + process.env.VERSION), 500);
  }
  if (request.url === '/exit') process.exit(7);
  if (request.url === '/env') return void response.end(JSON.stringify(process.env));
  if (request.url === '/headers') return void response.end(JSON.stringify(request.headers));
  if (request.url === '/echo') return void request.pipe(response);
  response.setHeader('set-cookie', ['a=1', 'b=2']);
  response.end('version ' + (process.env.VERSION ?? '') + ' pod ' + process.env.HOSTNAME);
});
server.on('upgrade', (request, socket) => {
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n');
  socket.pipe(socket);
});
server.listen(Number(process.env.PORT), () => console.log('listening on', process.env.PORT));
process.on('SIGTERM', () => { console.log('terminating'); server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;

export const SERVER_FILES: readonly Entry[] = [{ name: 'app/server.mjs', content: SERVER }];

/** An image that answers HTTP on its PORT and exits on request. */
export function serverImage({ images }: TestCluster, version: string): Promise<string> {
  return images.add(SERVER_FILES, { Cmd: ['node', 'server.mjs'], WorkingDir: '/app', Env: [`VERSION=${version}`] });
}

/** An image that runs this program. */
export function scriptImage({ images }: TestCluster, script: string): Promise<string> {
  return images.add([{ name: 'app/main.mjs', content: script }], { Cmd: ['node', 'main.mjs'], WorkingDir: '/app' });
}

const PROBE = { httpGet: { path: '/', port: 8080 }, periodSeconds: 1, failureThreshold: 3 };

export function deployment(
  name: string,
  image: string,
  more: { replicas?: number; container?: Loose; spec?: Loose; pod?: Loose } = {},
): Loose {
  const { replicas = 1, container = {}, spec = {}, pod = {} } = more;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: { app: name } },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 5,
          containers: [{ name: 'app', image, ports: [{ containerPort: 8080 }], readinessProbe: PROBE, ...container }],
          ...pod,
        },
      },
      ...spec,
    },
  };
}

export function service(name: string): Loose {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  };
}

export function route(name: string, host: string, weights: Readonly<Record<string, number>>): Loose {
  const backendRefs = Object.entries(weights).map(([backend, weight]) => ({ name: backend, port: 80, weight }));
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name },
    spec: { parentRefs: [{ name: 'apps', namespace: 'gantry-system' }], hostnames: [host], rules: [{ backendRefs }] },
  };
}

const GATEWAY = 'gateway.networking.k8s.io/v1';

/** The namespaces and the Gateway that every app needs. */
export async function preparePlatform(api: Api, namespace: string): Promise<void> {
  for (const name of ['gantry-system', namespace]) {
    await created(api('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
  }
  const gatewayClass = {
    apiVersion: GATEWAY,
    kind: 'GatewayClass',
    metadata: { name: 'apps' },
    spec: { controllerName: 'eks.amazonaws.com/gateway-alb' },
  };
  await created(api('POST', `/apis/${GATEWAY}/gatewayclasses`, gatewayClass));
  const listeners = [{ name: 'http', protocol: 'HTTP', port: 80, allowedRoutes: { namespaces: { from: 'All' } } }];
  const gateway = {
    apiVersion: GATEWAY,
    kind: 'Gateway',
    metadata: { name: 'apps' },
    spec: { gatewayClassName: 'apps', listeners },
  };
  await created(api('POST', `/apis/${GATEWAY}/namespaces/gantry-system/gateways`, gateway));
}

export async function created(answering: ReturnType<Api>): Promise<Loose> {
  const { status, body } = await answering;
  if (status > 201) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return body;
}

const PATHS: Readonly<Record<string, string>> = {
  Deployment: '/apis/apps/v1/namespaces/NS/deployments',
  Service: '/api/v1/namespaces/NS/services',
  Secret: '/api/v1/namespaces/NS/secrets',
  ConfigMap: '/api/v1/namespaces/NS/configmaps',
  Pod: '/api/v1/namespaces/NS/pods',
  Job: '/apis/batch/v1/namespaces/NS/jobs',
  CronJob: '/apis/batch/v1/namespaces/NS/cronjobs',
  ReplicaSet: '/apis/apps/v1/namespaces/NS/replicasets',
  ResourceQuota: '/api/v1/namespaces/NS/resourcequotas',
  LimitRange: '/api/v1/namespaces/NS/limitranges',
  Event: '/api/v1/namespaces/NS/events',
  HTTPRoute: '/apis/gateway.networking.k8s.io/v1/namespaces/NS/httproutes',
};

export function pathOf(kind: string, namespace: string, name?: string): string {
  const path = (PATHS[kind] ?? '').replace('NS', namespace);
  return name === undefined ? path : `${path}/${name}`;
}

/** Server-side apply, as the product does it. */
export function apply(api: Api, namespace: string, object: Loose, manager = 'gantry'): ReturnType<Api> {
  const path = `${pathOf(object.kind, namespace, object.metadata.name)}?fieldManager=${manager}`;
  return api('PATCH', path, object, { type: 'application/apply-patch+yaml' });
}

export function podsOf(api: Api, namespace: string, app: string): Promise<Loose[]> {
  return api('GET', `${pathOf('Pod', namespace)}?labelSelector=app%3D${app}`).then(({ body }) => body.items);
}

/** A Job of one container; `spec` is the Job's own. */
export function job(name: string, image: string, spec: Loose = {}, pod: Loose = {}): Loose {
  const { container = {}, ...podSpec } = pod;
  const containers = [{ name: 'main', image, ...container }];
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: { ...spec, template: { spec: { restartPolicy: 'Never', containers, ...podSpec } } },
  };
}

/** The events of an object, as `<reason>: <message>`. */
export async function eventsOf(api: Api, namespace: string, name: string): Promise<string[]> {
  const { body } = await api('GET', `${pathOf('Event', namespace)}?fieldSelector=involvedObject.name%3D${name}`);
  return body.items.map(({ reason, message }: Loose) => `${reason}: ${message}`);
}
