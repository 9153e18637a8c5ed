import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { restoreAccounts } from '../accounts.ts';
import { isEmpty, readArchive, writeItems } from '../archive.ts';
import { print, UsageError } from '../command.ts';
import { readOptions, STAGE_USAGE } from '../options.ts';
import { reconcileNow } from '../reconcile.ts';
import { outputOf, stacksOf } from '../stacks.ts';

const USAGE = `Usage: npx gantry-ops import <folder> [--force] [--silent] [--stage <stage>]

Imports an export of \`gantry-ops export\` into an installation with an empty table; with --force, it overwrites existing records. People without
an account get a new one, and Cognito mails them an invitation unless --silent is given. Then the reconciler starts the apps that should run.
More: docs/guides/backup.md

${STAGE_USAGE}`;

/** Returns 0 once everything is imported, 1 if the table is not empty or not everything could be applied. */
export async function command(args: readonly string[]): Promise<number> {
  const { values, positionals, stage } = readOptions(args, {
    help: { type: 'boolean', short: 'h' },
    force: { type: 'boolean' },
    silent: { type: 'boolean' },
  });
  if (values.help) return print(USAGE, 0);
  const [folder, ...rest] = positionals;
  if (folder === undefined || rest.length > 0) throw new UsageError(USAGE);
  const stacks = await stacksOf(stage);
  const table = outputOf(stacks, 'TableName');
  const dynamoDb = new DynamoDBClient({});
  if (!values.force && !(await isEmpty(dynamoDb, table)))
    return print(`The table of stage ${stage} is not empty. Import into a new installation, or add --force.`, 1);
  const { manifest, items } = readArchive(folder);
  if (manifest.key !== outputOf(stacks, 'VariablesKey'))
    print(
      `The values of variables are encrypted with another key, ${manifest.key}, and cannot be decrypted here. Set them again.`,
      0,
    );
  const pool = { client: new CognitoIdentityProviderClient({}), id: outputOf(stacks, 'UserPoolId') };
  const { items: restored, made } = await restoreAccounts(pool, items, values.silent === true);
  const written = await writeItems(dynamoDb, table, restored);
  const accounts = made === 1 ? '1 person has a new account' : `${made} people have new accounts`;
  print(`${written} records are in the table, and ${accounts}.`, 0);
  const failure = await reconcileNow(new LambdaClient({}), outputOf(stacks, 'ReconcileFunction'));
  if (failure === undefined)
    return print('The apps that should run are applied. Apps without an image need a new deployment.', 0);
  return print(`Some apps could not be applied: ${failure}`, 1);
}
