import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../gantry.ts';
import { readTemplates } from '../../verify/template.ts';
import { cdkDeploy } from '../cdk.ts';
import { type Change, changesOf, heldExports } from '../changes.ts';
import { print } from '../command.ts';
import { readOptions, STAGE_USAGE } from '../options.ts';
import { type DeployedTemplate, stacksOf, templateOf } from '../stacks.ts';

const USAGE = `Usage: npx gantry-ops upgrade [--apply] [--assembly <folder>] [--stage <stage>]

Compares the deployed version with this one: resources that are added, removed and changed. Refuses a change that would replace or remove a
resource with data or apps: the table, the bucket, the user pool, the key, the cluster, repositories. --apply then deploys. --assembly compares
with a folder that \`cdk synth\` made. More: docs/guides/upgrade.md

${STAGE_USAGE}`;

/** Returns 0 if the upgrade is allowed or done, 1 if it is refused. */
export async function command(args: readonly string[]): Promise<number> {
  const { values, stage } = readOptions(args, {
    help: { type: 'boolean', short: 'h' },
    apply: { type: 'boolean' },
    assembly: { type: 'string' },
  });
  if (values.help) return print(USAGE, 0);
  if (values.assembly !== undefined) return upgrade(stage, values.assembly, values.apply === true);
  const folder = mkdtempSync(join(tmpdir(), 'gantry-upgrade-'));
  process.env.GANTRY_STAGE = stage;
  try {
    createApp(folder).synth();
    return await upgrade(stage, folder, values.apply === true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Compares the same assembly that it then deploys. */
async function upgrade(stage: string, assembly: string, apply: boolean): Promise<number> {
  const deployed = new Map<string, DeployedTemplate>();
  for (const stack of await stacksOf(stage)) deployed.set(stack.name, await templateOf(stack));
  if (deployed.size === 0) return print(`Stage ${stage} is not deployed: npx gantry-ops deploy --stage ${stage}`, 1);
  const next = readTemplates(assembly);
  const changes = changesOf(deployed, next);
  for (const change of changes) print(lineOf(change), 0);
  const held = heldExports(deployed, next);
  const refused = [
    ...changes.flatMap(({ at, loses }) => (loses === undefined ? [] : `${at}: ${loses}`)),
    ...held.map(({ what }) => what),
  ];
  if (refused.length > 0) {
    for (const reason of refused) print(`Refused: ${reason}.`, 1);
    const free = [...new Set(held.filter(({ isPrecious }) => !isPrecious).map(({ by }) => by))];
    if (free.length > 0)
      print(`These stacks hold no data. Delete them first; the upgrade then makes them again: ${free.join(', ')}.`, 1);
    return print('Nothing was changed. docs/guides/upgrade.md says how to move data first.', 1);
  }
  if (changes.length === 0) return print(`Nothing to do: stage ${stage} has this version already.`, 0);
  const count = changes.length === 1 ? '1 resource changes' : `${changes.length} resources change`;
  print(`${count}; no data is at risk.`, 0);
  if (!apply) return print(`To upgrade: npx gantry-ops upgrade --apply --stage ${stage}`, 0);
  const code = await cdkDeploy(assembly);
  if (code === 0) return print('The upgrade is done. Next: npx gantry-ops smoke', 0);
  return print('Some stacks are not upgraded. Fix the cause above and run this command again.', code);
}

const lineOf = ({ kind, at, type, paths }: Change) =>
  `${kind.padEnd(7)} ${at} (${type})${paths.length > 0 ? `: ${paths.join(', ')}` : ''}`;
