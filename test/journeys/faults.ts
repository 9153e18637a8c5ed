import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchDeleteImageCommand, ECRClient } from '@aws-sdk/client-ecr';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { Service, ServiceChange } from '@gantry/contract/schemas/services.ts';
import type { Target } from '@gantry/local/example/deploy.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { answering, developer, running, until } from './developer.ts';
import { client, platform } from './fixture.ts';
import { cluster, newService, visit, workloadsIn } from './platform.ts';

let ada: ReturnType<typeof developer>;
let folder: string;

beforeAll(() => {
  ada = developer(client);
  folder = mkdtempSync(join(tmpdir(), 'gantry-faults-'));
});

afterAll(() => {
  if (folder) rmSync(folder, { recursive: true, force: true });
});

interface Fault {
  readonly files: Record<string, string>;
  readonly service?: ServiceChange;
  readonly step: string;
  /** Texts of the reason: the fault, and the advice. */
  readonly says: readonly string[];
}

const faults: Readonly<Record<string, Fault>> = {
  'exits at once': {
    files: running('process.exit(7);'),
    step: 'verify',
    says: ['exited with code 7', 'must keep running'],
  },
  'never listens': {
    files: running('setInterval(() => undefined, 1000);'),
    step: 'verify',
    says: ['does not listen on $PORT', 'PORT'],
  },
  'listens on a port of its own': {
    files: running("require('node:http').createServer().listen(0);"),
    // The node needs seconds to report another port: no limit of the service may come first.
    service: { health: { timeoutSeconds: 240 } },
    step: 'verify',
    says: ['not on PORT=', 'variable PORT', '--port'],
  },
  'fails its health check': {
    files: running(
      "require('node:http').createServer((_, response) => response.writeHead(500).end()).listen(process.env.PORT);",
    ),
    service: { health: { path: '/healthz', timeoutSeconds: 5 } },
    step: 'verify',
    says: ['answered 500 to GET /healthz', 'a healthy app answers 200 to 399'],
  },
  'grows without bound': {
    files: running('const kept = []; setInterval(() => kept.push(Buffer.alloc(64 * 1024 * 1024, 1)), 20);'),
    service: { health: { timeoutSeconds: 60 } },
    step: 'verify',
    says: ['more memory than it may'],
  },
  'has a release command in its Procfile that fails': {
    files: { ...answering('after'), Procfile: 'web: node index.js\nrelease: echo migrating && exit 3\n' },
    step: 'release-command',
    says: ['code 3'],
  },
  'has a release command that hangs': {
    files: answering('after'),
    service: { release: { command: 'sleep 600', commandTimeoutSeconds: 5 } },
    step: 'release-command',
    says: ['5 s'],
  },
};

/** How many services are at fault at once: they mostly wait. */
const LANES = 2;

interface Running {
  readonly target: Target;
  /** The address that answers "before". */
  readonly url: string;
  /** Its settings, which a fault starts with too. */
  readonly settings: Service;
}

async function startService(lane: number): Promise<Running> {
  const target = await newService(client, `fault-${lane}`, { timeoutSeconds: 5 });
  const settings = await client('services.get', { params: target });
  const { url } = await ada.deploy(target, answering('before'));
  return { target, url: url ?? '', settings };
}

/** A faulty deployment of a running service. */
async function deployFault({ target, url, settings }: Running, { files, service }: Fault) {
  const health = { ...settings.health, ...service?.health };
  await ada.configure(target, { health, release: { ...settings.release, ...service?.release } });
  return { target, url, failed: await ada.deploy(target, files) };
}

/** The end of the rollback to the previous release. */
async function wayBack({ target, failed }: { readonly target: Target; readonly failed: Deployment }): Promise<void> {
  await until('the traffic is back', async () => {
    const { steps } = await ada.get(target, failed);
    return steps.at(-1)?.name === 'revert' && steps.at(-1)?.status === 'succeeded';
  });
}

describe('an app at fault', () => {
  const outcomes = new Map<string, ReturnType<typeof deployFault>>();

  beforeAll(() => {
    for (let lane = 0; lane < LANES; lane += 1) {
      const service = startService(lane);
      let before: Promise<unknown> = service.catch(() => undefined);
      for (const [name, fault] of Object.entries(faults).filter((_, number) => number % LANES === lane)) {
        const outcome = before.then(async () => deployFault(await service, fault));
        outcomes.set(name, outcome);
        before = outcome.then(wayBack).catch(() => undefined);
      }
    }
  });

  it.each(Object.keys(faults))(
    'that %s fails with a reason and advice, the earlier release stays live, and nothing is left behind',
    async (name) => {
      const outcome = await outcomes.get(name);
      const fault = faults[name];
      if (outcome === undefined || fault === undefined) throw new Error(`${name} was not deployed`);
      const { target, url, failed } = outcome;
      expect(failed).toMatchObject({ status: 'failed', weight: 0, reason: { step: fault.step } });
      for (const words of fault.says) expect(failed.reason?.detail).toContain(words);
      expect((await visit(url)).body).toBe('before');
      await wayBack({ target, failed });
      await until('the leftovers of the deployment are gone', async () => {
        const left = await workloadsIn(platform, target);
        return left.length > 0 && left.every((workload) => !workload.includes(madeBy(failed)));
      });
    },
    90_000,
  );
});

/** The name of the objects of a deployment's own release. */
const madeBy = ({ id }: Deployment) => toKubernetesName(id).slice('dpl-'.length);

describe('a release whose image is gone', () => {
  it('is not rolled back to, and the live release stays live', async () => {
    const target = await newService(client, 'imageless', { timeoutSeconds: 10 });
    // An image that another service also runs would stay on the node.
    const first = await ada.deploy(target, answering('imageless'));
    await ada.deploy(target, answering('two'));
    await ada.deploy(target, answering('three'));
    await until('the first release is gone', async () =>
      (await workloadsIn(platform, target)).every((name) => !name.includes(madeBy(first))),
    );
    // The node deletes unused images when it unpacks another.
    const { url } = await ada.deploy(target, answering('four'));
    const ecr = new ECRClient(operator());
    const repositoryName = `gantry-local/${toKubernetesName(target.serviceId)}`;
    await ecr.send(
      new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest: first.imageDigest ?? '' }] }),
    );
    const back = await client('deployments.rollback', { params: target, body: { deploymentId: first.id } });
    const failed = await ada.end(target, back);
    expect(failed).toMatchObject({ status: 'failed', reason: { step: 'verify' } });
    expect(failed.reason?.detail).toContain('could not be pulled');
    expect((await visit(url ?? '')).body).toBe('four');
  }, 60_000);
});

describe('a change by hand in the cluster', () => {
  it('is undone by the reconciler: a changed route, and a deleted namespace', async () => {
    const target = await newService(client, 'edited', { timeoutSeconds: 10 });
    await ada.deploy(target, answering('one'));
    const { url } = await ada.deploy(target, answering('two'));
    const namespace = toKubernetesName(target.environmentId);
    const route = `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes/${toKubernetesName(target.serviceId)}`;
    await cluster(platform, 'PATCH', route, { spec: { hostnames: ['elsewhere.localhost'] } });
    expect((await visit(url ?? '')).status).toBe(404);
    await reconcile();
    expect((await visit(url ?? '')).body).toBe('two');
    await cluster(platform, 'DELETE', `/api/v1/namespaces/${namespace}`);
    await until('the namespace is gone', async () => (await workloadsIn(platform, target)).length === 0);
    await until('the app answers', async () => {
      await reconcile();
      return (await visit(url ?? '')).body === 'two';
    });
    const { items } = await client('deployments.list', { params: target, query: {} });
    expect(items.map(({ status }) => status)).toEqual(['live', 'removed']);
  }, 60_000);
});

/** The settings of an operator's SDK client. */
function operator() {
  const { aws: endpoint, region, credentials } = platform.endpoints;
  return { endpoint, region, credentials };
}

/** Invokes the scheduled reconciler now. */
async function reconcile(): Promise<void> {
  const lambda = new LambdaClient(operator());
  const FunctionName = platform.endpoints.outputs['gantry-local-upkeep']?.ReconcileFunction;
  const { FunctionError, Payload } = await lambda.send(new InvokeCommand({ FunctionName }));
  if (FunctionError !== undefined) throw new Error(Buffer.from(Payload ?? []).toString());
}
