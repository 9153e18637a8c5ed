import { authoritiesOf } from '@gantry/cluster/authorities.ts';
import { environmentObjects } from '@gantry/cluster/environment.ts';
import { releaseObjects } from '@gantry/cluster/objects.ts';
import { PlatformSettings, platformObjects } from '@gantry/cluster/platform.ts';
import { jobOf } from '@gantry/cluster/release-command.ts';
import { routeObject } from '@gantry/cluster/route.ts';
import type { ReleaseSpec } from '@gantry/cluster/spec.ts';
import { newId, releaseIdOf } from '@gantry/contract/ids.ts';
import { property, resources, type Templates } from '../template.ts';
import type { Applied } from './check.ts';

const REGION = 'eu-central-1';
/** One of the versions under which a cluster may serve the load balancer's kinds. */
const LOAD_BALANCER = 'eks.amazonaws.com/v1';

/** The platform's own objects, from the template's settings for the bootstrap function, with stand-ins for values that only AWS knows. */
export function appliedByBootstrap(templates: Templates): Applied[] {
  return resources(templates, 'Custom::ClusterObjects').flatMap((placed) => {
    const settings = Object.fromEntries(
      Object.entries(placed.resource.Properties ?? {}).map(([name]) => [name, resolved(property(placed, name))]),
    );
    return platformObjects(PlatformSettings.parse(settings), REGION, LOAD_BALANCER);
  });
}

/** A text in place of a value that CloudFormation resolves; lists stay lists. */
function resolved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolved);
  return typeof value === 'object' && value !== null ? 'resolved' : value;
}

/** The objects that a deployment applies for each kind of service: its environment, its releases, a release command and its route. */
export function appliedByDeployments(): Applied[] {
  const ids = {
    teamId: newId('team'),
    projectId: newId('project'),
    environmentId: newId('environment'),
    serviceId: newId('service'),
  };
  const settings = {
    loadBalancerNetworks: ['10.0.0.0/22', '10.0.4.0/22'],
    drainSeconds: 15,
    databaseNetworks: ['10.0.72.0/24', '10.0.73.0/24'],
    clusterGroup: 'sg-0123456789abcdef0',
    loadBalancerApi: LOAD_BALANCER,
  };
  const release = (kind: ReleaseSpec['kind'], more: Partial<ReleaseSpec>): ReleaseSpec => ({
    ...ids,
    releaseId: releaseIdOf(newId('deployment')),
    generation: 1,
    kind,
    image: `registry.example/app@sha256:${'0'.repeat(64)}`,
    port: null,
    variables: { NAME: 'value' },
    securityGroups: ['sg-0123456789abcdef1'],
    health: { path: '/', timeoutSeconds: 60 },
    size: 'small',
    scaling: { minReplicas: 2, maxReplicas: 4 },
    replicas: 2,
    ...more,
  });
  const web = release('web', { port: 8080, host: 'app.example.net', startCommand: 'node server.js' });
  const cron = release('cron', { schedule: '0 4 * * *', timezone: 'Europe/Berlin' });
  const weights = [{ releaseId: web.releaseId, weight: 100 }];
  return [
    ...environmentObjects(ids, settings),
    authoritiesOf(ids, '-----BEGIN CERTIFICATE-----', new Date(0)),
    ...[web, release('worker', {}), cron].flatMap((spec) => {
      const { workload, secret, others } = releaseObjects(spec, settings);
      return [secret, ...others, workload];
    }),
    jobOf(web, 'npm run migrate', settings),
    routeObject({ ...ids, host: 'app.example.net', generation: 1, weights }),
  ];
}
