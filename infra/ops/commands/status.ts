import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { deadLettersOf } from '../../constructs/dead-letters.ts';
import { clusterState } from '../cluster.ts';
import { print } from '../command.ts';
import { CALLS, CONSUMERS } from '../consumers.ts';
import { readOptions, STAGE_USAGE } from '../options.ts';
import { depthOf } from '../queues.ts';
import { reconcileNow } from '../reconcile.ts';
import { type DeployedStack, outputOf, stacksOf } from '../stacks.ts';

const USAGE = `Usage: npx gantry-ops status [--reconcile] [--stage <stage>]

Shows the state of an installation: stacks, active alarms, dead letters, and, if KUBECONFIG names a kubeconfig, the load balancer and the nodes.
--reconcile compares the records with the cluster now, and repairs differences. Exits with 1 if anything is not in order.

${STAGE_USAGE}`;

/** Returns 0 if everything is in order, otherwise 1. */
export async function command(args: readonly string[]): Promise<number> {
  const { values, stage } = readOptions(args, {
    help: { type: 'boolean', short: 'h' },
    reconcile: { type: 'boolean' },
  });
  if (values.help) return print(USAGE, 0);
  const stacks = await stacksOf(stage);
  if (stacks.length === 0) return print(`There is no stage ${stage} in this account and region.`, 1);
  const sections = [
    section('Stacks', stacks.map(lineOfStack), stacks.every(isSettled)),
    await alarms(stage),
    await letters(stage),
    ...(values.reconcile ? [await reconciled(stacks)] : []),
    await cluster(),
  ];
  for (const { title, lines } of sections) print([title, ...lines.map((line) => `  ${line}`)].join('\n'), 0);
  return sections.every(({ isWell }) => isWell) ? 0 : 1;
}

interface Section {
  readonly title: string;
  readonly lines: readonly string[];
  readonly isWell: boolean;
}

function section(title: string, lines: readonly string[], isWell: boolean): Section {
  return { title: `${title}: ${isWell ? 'in order' : 'not in order'}`, lines, isWell };
}

const isSettled = ({ status }: DeployedStack) => /^(?:CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status);

function lineOfStack(stack: DeployedStack): string {
  const state = isSettled(stack) ? stack.status : `${stack.status}: ${stack.reason ?? 'no reason given'}`;
  return `${stack.topic.padEnd(12)}${state}`;
}

/** CloudFormation names alarms after their stack. */
async function alarms(stage: string): Promise<Section> {
  const command = new DescribeAlarmsCommand({
    AlarmNamePrefix: `gantry-${stage}-`,
    StateValue: 'ALARM',
    MaxRecords: 100,
  });
  const { MetricAlarms = [], CompositeAlarms = [] } = await new CloudWatchClient({}).send(command);
  const on = [...MetricAlarms, ...CompositeAlarms];
  const lines = on.map(({ AlarmName, AlarmDescription }) => `${AlarmName}: ${AlarmDescription}`);
  return section('Alarms', lines.length === 0 ? ['none is active'] : lines, on.length === 0);
}

async function letters(stage: string): Promise<Section> {
  const sqs = new SQSClient({});
  const depths = await Promise.all(
    [...CONSUMERS, ...CALLS].map(async (name) => ({ name, depth: await depthOf(sqs, deadLettersOf(stage, name)) })),
  );
  const full = depths.filter(({ depth }) => depth > 0);
  const lines = full.map(({ name, depth }) => `${depth} of ${name}: docs/runbooks/dead-letters.md`);
  return section('Dead letters', lines.length === 0 ? ['none'] : lines, full.length === 0);
}

async function reconciled(stacks: readonly DeployedStack[]): Promise<Section> {
  const failure = await reconcileNow(new LambdaClient({}), outputOf(stacks, 'ReconcileFunction'));
  return section('Reconciliation', [failure ?? 'everything recorded runs'], failure === undefined);
}

async function cluster(): Promise<Section> {
  const state = await clusterState(process.env.KUBECONFIG);
  return section('Cluster', state.lines, state.isWell);
}
