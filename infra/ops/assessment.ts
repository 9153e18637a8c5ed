import { type Stage, zonesOf } from '../stage.ts';
import { QUOTAS, type Quota } from './quotas.ts';
import { githubAppSecret } from './stacks.ts';

/** Facts about the account. A text in place of a number is the reason why the number could not be read. */
export interface Facts {
  readonly region: string;
  /** Limits by quota code. */
  readonly limits: Readonly<Record<string, number | string>>;
  /** How much of a quota is in use, by quota code. A missing quota is not in use. */
  readonly inUse: Readonly<Record<string, number | string>>;
  /** Zones that the account can use, by name. */
  readonly zones: readonly string[] | string;
  /** The version of the CDK's bootstrap stack by region; undefined if there is none. */
  readonly bootstrapVersions: Readonly<Record<string, number | undefined>>;
  /** The number of deployed stacks of the stage. */
  readonly deployed: number;
  /** Whether a deleted secret still blocks the name of the stage's secret. */
  readonly secretInDeletion: boolean | string;
}

export interface Verdict {
  readonly level: 'ok' | 'waits' | 'stops' | 'unknown';
  readonly line: string;
  /** The command that fixes the problem. */
  readonly remedy?: string;
}

/**
 * The minimum version of the bootstrap stack for today's CDK.
 * https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
 */
const BOOTSTRAP = 6;
/** Zones in which EKS makes no control plane. https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html */
const REFUSED_ZONE_IDS = 'use1-az3, usw1-az2, cac1-az3';

/**
 * Checks whether an account can hold the stage: problems that stop a first deployment, problems that delay it, and
 * facts that could not be read.
 */
export function assess(stage: Stage, facts: Facts): Verdict[] {
  return [
    ...Object.entries(facts.bootstrapVersions).map(([region, version]) => bootstrap(region, version)),
    zones(stage, facts),
    ...leftBehind(stage, facts),
    ...QUOTAS.filter(({ applies }) => applies?.(stage) ?? true)
      // A deployed stage has used its part of the quota already.
      .filter(({ isHard }) => facts.deployed === 0 || !isHard)
      .map((quota) => quotaVerdict(quota, stage, facts)),
  ];
}

/** CloudFront needs its firewall and its certificate in us-east-1, so two regions are bootstrapped. */
function bootstrap(region: string, version: number | undefined): Verdict {
  const remedy = `npx cdk bootstrap aws://<account>/${region}`;
  if (version === undefined)
    return { level: 'stops', line: `Region ${region} is not bootstrapped for the CDK`, remedy };
  const line = `The CDK's bootstrap stack of ${region} has version ${version}`;
  return version < BOOTSTRAP
    ? { level: 'stops', line: `${line}, but needs ${BOOTSTRAP}`, remedy }
    : { level: 'ok', line };
}

function leftBehind({ stage }: Stage, { secretInDeletion, deployed }: Facts): Verdict[] {
  const name = githubAppSecret(stage);
  if (typeof secretInDeletion === 'string')
    return [
      { level: 'unknown', line: `Could not read whether the secret ${name} is being deleted: ${secretInDeletion}` },
    ];
  if (secretInDeletion && deployed === 0) {
    const line = `The secret ${name} of an earlier installation blocks this name until it is finally deleted`;
    const remedy = `aws secretsmanager delete-secret --secret-id ${name} --force-delete-without-recovery`;
    return [{ level: 'stops', line, remedy }];
  }
  return [];
}

function zones(stage: Stage, { zones: found, region }: Facts): Verdict {
  if (typeof found === 'string') return { level: 'unknown', line: `Could not read the zones of ${region}: ${found}` };
  const line = `Region ${region} has ${found.length} zones (${found.join(', ')}) for the ${zonesOf(stage)} of the stage`;
  if (found.length < zonesOf(stage))
    return { level: 'stops', line, remedy: 'set sizes.availabilityZones lower, or use another region' };
  return { level: 'ok', line: `${line}; EKS refuses the zones with the ids ${REFUSED_ZONE_IDS}` };
}

function quotaVerdict(quota: Quota, stage: Stage, facts: Facts): Verdict {
  const limit = facts.limits[quota.code] ?? 'not asked';
  const taken = facts.inUse[quota.code] ?? 0;
  const needed = quota.needed(stage);
  if (typeof limit === 'string' || typeof taken === 'string')
    return { level: 'unknown', line: `${quota.what}: could not read it: ${typeof limit === 'string' ? limit : taken}` };
  const free = limit - taken;
  if (free >= needed) return { level: 'ok', line: `${quota.what}: ${free} free, ${needed} needed` };
  const value = needed + taken;
  return {
    level: quota.isHard ? 'stops' : 'waits',
    line: `${quota.what}: ${free} free, ${needed} needed. With less, ${quota.below}`,
    remedy: `aws service-quotas request-service-quota-increase --service-code ${quota.service} --quota-code ${quota.code} --desired-value ${value}`,
  };
}
