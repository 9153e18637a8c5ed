import { type Stage, zonesOf } from '../stage.ts';
import { QUOTAS, type Quota } from './quotas.ts';

/** What the account says of itself. A text in place of a number is why it could not be read. */
export interface Facts {
  readonly region: string;
  /** Limits by the code of their quota. */
  readonly limits: Readonly<Record<string, number | string>>;
  /** Elastic IP addresses that are taken. */
  readonly addressesInUse: number | string;
  /** Zones that are open to the account, by name. */
  readonly zones: readonly string[] | string;
  /** The version of the CDK's bootstrap stack; undefined where there is none. */
  readonly bootstrapVersion: number | undefined;
}

export interface Verdict {
  readonly level: 'ok' | 'waits' | 'stops' | 'unknown';
  readonly line: string;
  /** The command that mends it. */
  readonly remedy?: string;
}

/** The least version of the bootstrap stack for what the CDK writes today. https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html */
const BOOTSTRAP = 6;
/** A zone in which EKS makes no control plane. https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html */
const REFUSED_ZONE_IDS = 'use1-az3, usw1-az2, cac1-az3';

/** Whether an account can take the stage: what stops a first deployment, what makes it wait, what could not be read. */
export function assess(stage: Stage, facts: Facts): Verdict[] {
  return [
    bootstrap(facts),
    zones(stage, facts),
    ...QUOTAS.filter(({ applies }) => applies?.(stage) ?? true).map((quota) => quotaVerdict(quota, stage, facts)),
  ];
}

function bootstrap({ bootstrapVersion, region }: Facts): Verdict {
  const remedy = `npx cdk bootstrap aws://<account>/${region}`;
  if (bootstrapVersion === undefined)
    return { level: 'stops', line: 'The account is not bootstrapped for the CDK', remedy };
  if (bootstrapVersion < BOOTSTRAP)
    return {
      level: 'stops',
      line: `The CDK's bootstrap stack has version ${bootstrapVersion}, and needs ${BOOTSTRAP}`,
      remedy,
    };
  return { level: 'ok', line: `The CDK's bootstrap stack has version ${bootstrapVersion}` };
}

function zones(stage: Stage, { zones: found, region }: Facts): Verdict {
  if (typeof found === 'string')
    return { level: 'unknown', line: `The zones of ${region} could not be read: ${found}` };
  const line = `Region ${region} has ${found.length} zones (${found.join(', ')}) for the ${zonesOf(stage)} of the stage`;
  if (found.length < zonesOf(stage))
    return { level: 'stops', line, remedy: 'set sizes.availabilityZones lower, or take another region' };
  return { level: 'ok', line: `${line}; EKS refuses the zones with the ids ${REFUSED_ZONE_IDS}` };
}

function quotaVerdict(quota: Quota, stage: Stage, facts: Facts): Verdict {
  const limit = facts.limits[quota.code] ?? 'not asked';
  const taken = quota.code === 'L-0263D0A3' ? facts.addressesInUse : 0;
  const needed = quota.needed(stage);
  if (typeof limit === 'string' || typeof taken === 'string')
    return { level: 'unknown', line: `${quota.what}: could not be read: ${typeof limit === 'string' ? limit : taken}` };
  const free = limit - taken;
  if (free >= needed) return { level: 'ok', line: `${quota.what}: ${free} free, ${needed} needed` };
  const value = needed + taken;
  return {
    level: quota.isHard ? 'stops' : 'waits',
    line: `${quota.what}: ${free} free, ${needed} needed. Below that ${quota.below}`,
    remedy: `aws service-quotas request-service-quota-increase --service-code ${quota.service} --quota-code ${quota.code} --desired-value ${value}`,
  };
}
