import { beforeAll, describe, expect, it } from '@jest/globals';
import { readStage } from '../../../infra/stage.ts';
import { findingsOf, sortFindings } from '../../../infra/verify/findings.ts';
import { type Applied, platformFindings, schemaFindings } from '../../../infra/verify/kubernetes/check.ts';
import { appliedByBootstrap, appliedByDeployments } from '../../../infra/verify/kubernetes/objects.ts';
import { assembled, type Made } from '../synthesis.ts';

let made: Made;
beforeAll(async () => {
  made = await assembled();
}, 60_000);

/** One of our objects with a planted fault: a value at a path, or a removed value. */
function plant(object: Applied | undefined, path: string, value: unknown): Applied {
  const copy = structuredClone(object) as object;
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const parent = keys.reduce<object>((each, key) => Reflect.get(each, key), copy);
  if (value === undefined) Reflect.deleteProperty(parent, last);
  else Reflect.set(parent, last, value);
  return copy as Applied;
}

const find = (objects: readonly Applied[], kind: string) => objects.find((object) => object.kind === kind);
const whats = (objects: readonly Applied[]) => schemaFindings(objects).map(({ what }) => what);

describe("the templates of today's stages", () => {
  it('have no unexplained finding', () => {
    const stage = readStage(() => undefined, {}, import.meta.dirname);
    expect(sortFindings(findingsOf(made.templates, stage)).unexplained).toEqual([]);
  });
});

describe('an object that Gantry applies to a cluster', () => {
  it('matches the published definitions: the platform, environments, releases of each kind, routes', () => {
    const objects = [...appliedByBootstrap(made.templates), ...appliedByDeployments()];
    expect(new Set(objects.map(({ kind }) => kind)).size).toBeGreaterThan(18);
    expect(whats(objects)).toEqual([]);
  });

  it.each<[string, string, string, unknown, string]>([
    [
      'an unknown field of a Deployment',
      'Deployment',
      'spec.template.spec.containers.0.comand',
      [],
      'comand is not a field',
    ],
    ['a text instead of a number', 'Deployment', 'spec.replicas', '2', 'spec.replicas must be a number'],
    ['a Deployment without a selector', 'Deployment', 'spec.selector', undefined, 'spec.selector is missing'],
    ['an unknown field of a route', 'HTTPRoute', 'spec.rules.0.wait', '1s', 'Unrecognized key'],
    ['an unknown field of a target group', 'TargetGroupConfiguration', 'spec.targetKind', 'ip', 'Unrecognized key'],
    [
      'a kind that does not exist',
      'HTTPRoute',
      'apiVersion',
      'gateway.networking.k8s.io/v9',
      'no published definition',
    ],
  ])('is found if it does not: %s', (_, kind, path, value, what) => {
    const planted = plant(find(appliedByDeployments(), kind), path, value);
    expect(whats([planted]).join()).toContain(what);
  });

  it.each<[string, string, string, unknown, string]>([
    ['an unknown field of a node class', 'NodeClass', 'spec.networkPolicies', 'DefaultDeny', 'Unrecognized key'],
    ['a node class with an unknown policy', 'NodeClass', 'spec.networkPolicy', 'Open', 'Invalid option'],
    ['a node pool without a class', 'NodePool', 'spec.template.spec.nodeClassRef', undefined, 'nodeClassRef'],
    ['a Gateway that listens nowhere', 'Gateway', 'spec.listeners.0.port', 0, 'spec.listeners.0.port'],
  ])('is found in the platform: %s', (_, kind, path, value, what) => {
    const planted = plant(find(appliedByBootstrap(made.templates), kind), path, value);
    expect(whats([planted]).join()).toContain(what);
  });
});

describe('a planted fault that no schema can show is found', () => {
  const rules = (objects: readonly Applied[]) => platformFindings(objects).map(({ rule }) => rule);

  it('a container without a command, whose image has no entrypoint', () => {
    const shipper = find(appliedByBootstrap(made.templates), 'DaemonSet');
    const commanded = plant(shipper, 'spec.template.spec.containers.0.command', ['/fluent-bit/bin/fluent-bit']);
    const without = plant(commanded, 'spec.template.spec.containers.0.command', undefined);
    expect([rules([commanded]), rules([without])]).toEqual([[], ['entrypoint']]);
  });

  it('an image whose entrypoint nobody has recorded', () => {
    const shipper = find(appliedByBootstrap(made.templates), 'DaemonSet');
    expect(rules([plant(shipper, 'spec.template.spec.containers.0.image', 'nginx')])).toEqual(['entrypoint']);
  });

  it('a Gateway whose load balancer would be internal, even if a configuration sets that', () => {
    const gateway = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name: 'apps', namespace: 'gantry-system' },
      spec: {
        gatewayClassName: 'apps',
        listeners: [{ name: 'http', protocol: 'HTTP', port: 80 }],
        infrastructure: { parametersRef: { group: 'gateway.k8s.aws', kind: 'LoadBalancerConfiguration', name: 'lb' } },
      },
    };
    const configuration = (scheme: string) => ({
      apiVersion: 'gateway.k8s.aws/v1',
      kind: 'LoadBalancerConfiguration',
      metadata: { name: 'lb', namespace: 'gantry-system' },
      spec: { scheme },
    });
    expect(
      [[], [configuration('internal')], [configuration('internet-facing')]].map((more) => rules([gateway, ...more])),
    ).toEqual([['internal-scheme'], ['internal-scheme'], []]);
  });
});
