import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { createApp } from '../../gantry.ts';
import { readTemplates } from '../../verify/template.ts';
import { cdkDeploy } from '../cdk.ts';
import { type Change, changesOf } from '../changes.ts';
import { print } from '../command.ts';
import { readOptions, STAGE_USAGE } from '../options.ts';
import { type DeployedTemplate, stacksOf, templateOf } from '../stacks.ts';

const USAGE = `Usage: npx gantry-ops upgrade [--apply] [--assembly <folder>] [--stage <stage>]

Compares what is deployed with this version: resources that come, go and change. Refuses a change that would replace or remove what holds
data or apps: the table, the bucket, the user pool, the key, the cluster, repositories. --apply deploys afterwards. --assembly compares with a folder that
\`cdk synth\` made. docs/guides/upgrade.md

${STAGE_USAGE}`;

/** Answers 0 where the upgrade may be applied, or was; 1 where it is refused. */
export async function command(args: readonly string[]): Promise<number> {
  const { values, stage } = readOptions(args, {
    help: { type: 'boolean', short: 'h' },
    apply: { type: 'boolean' },
    assembly: { type: 'string' },
  });
  if (values.help) return print(USAGE, 0);
  const cloudFormation = new CloudFormationClient({});
  const deployed = new Map<string, DeployedTemplate>();
  for (const { name } of await stacksOf(cloudFormation, stage))
    deployed.set(name, await templateOf(cloudFormation, name));
  if (deployed.size === 0) return print(`Stage ${stage} is not deployed: npx gantry-ops deploy`, 1);
  const changes = changesOf(
    deployed,
    values.assembly === undefined ? synthesized(stage) : readTemplates(values.assembly),
  );
  for (const change of changes) print(lineOf(change), 0);
  const refused = changes.filter(({ loses }) => loses !== undefined);
  if (refused.length > 0) {
    for (const { at, loses } of refused) print(`Refused: ${at}: ${loses}.`, 1);
    return print('Nothing was changed. docs/guides/upgrade.md says how to move data first.', 1);
  }
  const count = changes.length === 1 ? '1 resource changes' : `${changes.length} resources change`;
  print(`${count}; no data is at risk.`, 0);
  return values.apply ? cdkDeploy() : 0;
}

const lineOf = ({ kind, at, type, paths }: Change) =>
  `${kind.padEnd(7)} ${at} (${type})${paths.length > 0 ? `: ${paths.join(', ')}` : ''}`;

/** The templates of this version, for the stage that GANTRY_STAGE or the stage's file names. */
function synthesized(stage: string): ReadonlyMap<string, DeployedTemplate> {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-upgrade-'));
  process.env.GANTRY_STAGE = stage;
  try {
    createApp(folder).synth();
    return readTemplates(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
