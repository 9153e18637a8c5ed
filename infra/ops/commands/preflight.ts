import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeAddressesCommand, DescribeAvailabilityZonesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { readStage } from '../../stage.ts';
import { assess, type Facts } from '../assessment.ts';
import { print } from '../command.ts';
import { readOptions, STAGE_USAGE } from '../options.ts';
import { QUOTAS } from '../quotas.ts';

const USAGE = `Usage: npx gantry-ops preflight [--stage <stage>]

Looks whether the account and region can take the stage: the CDK's bootstrap stack, zones, and the quotas that a first installation meets. Prints
the requests to make. Ends with 1 where the first deployment would fail. docs/guides/install.md

${STAGE_USAGE}`;

const MARKS = { ok: '✓', waits: '!', stops: '✗', unknown: '?' } as const;

/** Answers 0 where a first deployment can succeed, 1 where it would fail. */
export async function command(args: readonly string[]): Promise<number> {
  const { values, stage } = readOptions(args, { help: { type: 'boolean', short: 'h' } });
  if (values.help) return print(USAGE, 0);
  const configuration = readStage(() => undefined, { ...process.env, GANTRY_STAGE: stage });
  const verdicts = assess(configuration, await factsOf());
  for (const { level, line } of verdicts) print(`${MARKS[level]} ${line}`, 0);
  const remedies = verdicts.flatMap(({ remedy }) => remedy ?? []);
  if (remedies.length > 0) print(`\nTo mend it:\n${remedies.map((remedy) => `  ${remedy}`).join('\n')}`, 0);
  const stops = verdicts.some(({ level }) => level === 'stops');
  return print(stops ? '\nA first deployment would fail.' : '\nA first deployment can succeed.', stops ? 1 : 0);
}

async function factsOf(): Promise<Facts> {
  const ec2 = new EC2Client({});
  const quotas = new ServiceQuotasClient({});
  const limits = await Promise.all(
    QUOTAS.map(async ({ service, code }) => {
      const command = new GetServiceQuotaCommand({ ServiceCode: service, QuotaCode: code });
      return [code, await told(async () => (await quotas.send(command)).Quota?.Value ?? 'no value')] as const;
    }),
  );
  const region = await ec2.config.region();
  return {
    region,
    limits: Object.fromEntries(limits),
    addressesInUse: await told(async () => (await ec2.send(new DescribeAddressesCommand({}))).Addresses?.length ?? 0),
    zones: await told(async () => {
      const { AvailabilityZones = [] } = await ec2.send(new DescribeAvailabilityZonesCommand({}));
      return AvailabilityZones.filter(({ ZoneType }) => ZoneType === 'availability-zone').map(
        ({ ZoneName = '' }) => ZoneName,
      );
    }),
    bootstrapVersion: await bootstrapVersion(),
  };
}

/** What was asked for, or why it could not be read: one right that is missing does not hide the rest. */
async function told<T>(ask: () => Promise<T>): Promise<T | string> {
  try {
    return await ask();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function bootstrapVersion(): Promise<number | undefined> {
  try {
    const { Stacks: [stack] = [] } = await new CloudFormationClient({}).send(
      new DescribeStacksCommand({ StackName: 'CDKToolkit' }),
    );
    const version = stack?.Outputs?.find(({ OutputKey }) => OutputKey === 'BootstrapVersion')?.OutputValue;
    return version === undefined ? undefined : Number(version);
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message)) return undefined;
    throw error;
  }
}
