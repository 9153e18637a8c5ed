import type { Stage } from '../stage.ts';

/** A quota of the account that an installation needs. https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html */
export interface Quota {
  readonly what: string;
  readonly service: string;
  readonly code: string;
  /** Whether the quota matters for the stage. Without the function, it matters for every stage. */
  readonly applies?: (stage: Stage) => boolean;
  /** The minimum with which the stage works. */
  needed(stage: Stage): number;
  /** The consequence of a lower quota. */
  readonly below: string;
  /** Whether the first deployment fails with less. Otherwise the installation works, but waits. */
  readonly isHard: boolean;
}

const one = () => 1;

/** Quotas whose use one call counts. */
export const ADDRESSES = 'L-0263D0A3';
export const NETWORKS = 'L-F678F1CE';

/** AWS has no separate quota for builds of the size medium. */
function builds(size: 'small' | 'large', code: string): Quota {
  return {
    what: `CodeBuild: ARM builds of the size ${size} that run at once`,
    service: 'codebuild',
    code,
    applies: ({ sizes }) => sizes.buildCompute === size,
    needed: ({ sizes }) => sizes.buildsAtOnce,
    below: "builds wait in CodeBuild's queue, which holds five times as many and refuses the rest",
    isHard: false,
  };
}

/** Every quota that a first installation needs, with its code in Service Quotas. */
export const QUOTAS: readonly Quota[] = [
  {
    what: 'Lambda: functions that run at once',
    service: 'lambda',
    code: 'L-B99A9384',
    needed: ({ sizes }) => 50 + 2 * sizes.buildsAtOnce,
    below: 'calls of the API and steps of deployments are throttled, and then retried',
    isHard: false,
  },
  builds('small', 'L-5ED1D25B'),
  builds('large', 'L-596BEAB4'),
  {
    what: 'EC2: vCPUs of on-demand standard instances',
    service: 'ec2',
    code: 'L-1216C47A',
    needed: () => 16,
    below: 'pods stay pending, because Auto Mode may start no node for them',
    isHard: true,
  },
  {
    what: 'EC2: Elastic IP addresses',
    service: 'ec2',
    code: ADDRESSES,
    needed: ({ sizes }) => sizes.natGateways,
    below: 'the network cannot be made, because each NAT gateway needs an address',
    isHard: true,
  },
  {
    what: 'VPC: networks of a region',
    service: 'vpc',
    code: NETWORKS,
    needed: one,
    below: 'the network cannot be made',
    isHard: true,
  },
  {
    what: 'Elastic Load Balancing: Application Load Balancers of a region',
    service: 'elasticloadbalancing',
    code: 'L-53DA6B97',
    needed: one,
    below: 'the Gateway gets no load balancer, and no app is reachable',
    isHard: true,
  },
  {
    what: 'EKS: clusters of a region',
    service: 'eks',
    code: 'L-1194D53C',
    needed: one,
    below: 'the cluster cannot be made',
    isHard: true,
  },
];
