import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  DescribeAddressesCommand,
  DescribeAvailabilityZonesCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  NoSuchResourceException,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import type { Stage } from '../stage.ts';
import type { Facts } from './assessment.ts';
import { ADDRESSES, NETWORKS, QUOTAS, type Quota } from './quotas.ts';
import { githubAppSecret, regionsOf, stacksOf } from './stacks.ts';

/**
 * The facts about the account that a first deployment of the stage depends on. Throws if the account cannot be queried
 * at all.
 */
export async function factsOf({ stage }: Stage): Promise<Facts> {
  const ec2 = new EC2Client({});
  const quotas = new ServiceQuotasClient({});
  const [regions, stacks, limits] = await Promise.all([
    regionsOf(),
    stacksOf(stage),
    Promise.all(QUOTAS.map(async (quota) => [quota.code, await told(() => limitOf(quotas, quota))] as const)),
  ]);
  const bootstrapped = regions.map(async (region) => [region, await bootstrapVersion(region)] as const);
  return {
    region: await ec2.config.region(),
    deployed: stacks.length,
    limits: Object.fromEntries(limits),
    inUse: {
      [ADDRESSES]: await told(async () => (await ec2.send(new DescribeAddressesCommand({}))).Addresses?.length ?? 0),
      [NETWORKS]: await told(async () => (await ec2.send(new DescribeVpcsCommand({}))).Vpcs?.length ?? 0),
    },
    zones: await told(async () => {
      const { AvailabilityZones = [] } = await ec2.send(new DescribeAvailabilityZonesCommand({}));
      return AvailabilityZones.filter(({ ZoneType }) => ZoneType === 'availability-zone').map(
        ({ ZoneName = '' }) => ZoneName,
      );
    }),
    bootstrapVersions: Object.fromEntries(await Promise.all(bootstrapped)),
    secretInDeletion: await told(() => secretInDeletion(stage)),
  };
}

/** The value, or the reason why it could not be read: one missing permission does not hide the other facts. */
async function told<T>(ask: () => Promise<T>): Promise<T | string> {
  try {
    return await ask();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The account's own limit, otherwise AWS's default. Throws if AWS lists neither. */
async function limitOf(quotas: ServiceQuotasClient, { service, code }: Quota): Promise<number> {
  const asked = { ServiceCode: service, QuotaCode: code };
  const applied = await quotas.send(new GetServiceQuotaCommand(asked)).catch((error: unknown) => {
    if (error instanceof NoSuchResourceException) return quotas.send(new GetAWSDefaultServiceQuotaCommand(asked));
    throw error;
  });
  if (applied.Quota?.Value === undefined) throw new Error('Service Quotas returned no value');
  return applied.Quota.Value;
}

async function bootstrapVersion(region: string): Promise<number | undefined> {
  try {
    const { Stacks: [stack] = [] } = await new CloudFormationClient({ region }).send(
      new DescribeStacksCommand({ StackName: 'CDKToolkit' }),
    );
    const version = stack?.Outputs?.find(({ OutputKey }) => OutputKey === 'BootstrapVersion')?.OutputValue;
    return version === undefined ? undefined : Number(version);
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message)) return undefined;
    throw error;
  }
}

/** Whether a secret of a deleted installation still blocks its name. */
async function secretInDeletion(stage: string): Promise<boolean> {
  try {
    const command = new DescribeSecretCommand({ SecretId: githubAppSecret(stage) });
    return (await new SecretsManagerClient({}).send(command)).DeletedDate !== undefined;
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return false;
    throw error;
  }
}
