import { readStage } from '../../stage.ts';
import { factsOf } from '../account.ts';
import { assess } from '../assessment.ts';
import { print } from '../command.ts';
import { readOptions, STAGE_USAGE } from '../options.ts';

const USAGE = `Usage: npx gantry-ops preflight [--stage <stage>]

Checks whether the account and region can hold the stage: the CDK's bootstrap stacks, zones, leftovers of an earlier installation, and the quotas
that a first installation needs. Prints the requests to make. Exits with 1 if the first deployment would fail. More: docs/guides/install.md

${STAGE_USAGE}`;

const MARKS = { ok: '✓', waits: '!', stops: '✗', unknown: '?' } as const;

/** Returns 0 if a first deployment can succeed, 1 if it would fail. */
export async function command(args: readonly string[]): Promise<number> {
  const { values, stage } = readOptions(args, { help: { type: 'boolean', short: 'h' } });
  if (values.help) return print(USAGE, 0);
  const configuration = readStage(() => undefined, { ...process.env, GANTRY_STAGE: stage });
  const verdicts = assess(configuration, await factsOf(configuration));
  for (const { level, line } of verdicts) print(`${MARKS[level]} ${line}`, 0);
  const remedies = [...new Set(verdicts.flatMap(({ remedy }) => remedy ?? []))];
  if (remedies.length > 0) print(`\nTo fix it:\n${remedies.map((remedy) => `  ${remedy}`).join('\n')}`, 0);
  const stops = verdicts.some(({ level }) => level === 'stops');
  return print(stops ? '\nA first deployment would fail.' : '\nA first deployment can succeed.', stops ? 1 : 0);
}
