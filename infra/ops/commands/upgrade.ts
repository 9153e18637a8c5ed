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

/** What is compared is what is deployed. */
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
      print(`These stacks hold no data. Delete them first, and the upgrade makes them again: ${free.join(', ')}.`, 1);
    return print('Nothing was changed. docs/guides/upgrade.md says how to move data first.', 1);
  }
  if (changes.length === 0) return print(`Nothing changes: stage ${stage} has this version.`, 0);
  const count = changes.length === 1 ? '1 resource changes' : `${changes.length} resources change`;
  print(`${count}; no data is at risk.`, 0);
  if (!apply) return print(`To do it: npx gantry-ops upgrade --apply --stage ${stage}`, 0);
  const code = await cdkDeploy(assembly);
  if (code === 0) return print('The upgrade is done. Next: npx gantry-ops smoke', 0);
  return print('Not every stack is upgraded: mend the cause above and run this again.', code);
}

const lineOf = ({ kind, at, type, paths }: Change) =>
  `${kind.padEnd(7)} ${at} (${type})${paths.length > 0 ? `: ${paths.join(', ')}` : ''}`;
