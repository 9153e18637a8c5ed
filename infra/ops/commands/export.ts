import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { writeArchive } from '../archive.ts';
import { print, UsageError } from '../command.ts';
import { readOptions, STAGE_USAGE } from '../options.ts';
import { outputOf, stacksOf } from '../stacks.ts';

const USAGE = `Usage: npx gantry-ops export <folder> [--stage <stage>]

Writes the records of an installation into a new folder: teams, people, projects, settings, deployments, audit. Values of variables stay
encrypted under the installation's key. The folder holds no images, uploads and logs, and nothing of the cluster. More: docs/guides/backup.md

${STAGE_USAGE}`;

/** Returns 0 once the folder is complete. */
export async function command(args: readonly string[]): Promise<number> {
  const { values, positionals, stage } = readOptions(args, { help: { type: 'boolean', short: 'h' } });
  if (values.help) return print(USAGE, 0);
  const [folder, ...rest] = positionals;
  if (folder === undefined || rest.length > 0) throw new UsageError(USAGE);
  const stacks = await stacksOf(stage);
  const source = { stage, table: outputOf(stacks, 'TableName'), key: outputOf(stacks, 'VariablesKey') };
  const { items } = await writeArchive(new DynamoDBClient({}), source, folder);
  return print(
    `${items} records are in ${folder}. Keep the folder as secret as the table: it names people and their projects.`,
    0,
  );
}
