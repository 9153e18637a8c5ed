import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { ECRClient } from '@aws-sdk/client-ecr';
import { S3Client } from '@aws-sdk/client-s3';
import { print } from '../command.ts';
import { readOptions, STAGE_USAGE } from '../options.ts';
import { deleteRepositories, deleteStacks, emptyBucket, repositoriesOf } from '../removal.ts';
import { deletionOrder, resourcesOf, stacksOf, templateOf } from '../stacks.ts';

const USAGE = `Usage: npx gantry-ops destroy [--yes <stage>] [--stage <stage>]

Says what would be lost, and with --yes <stage> removes it: the images' repositories, the uploads, and every stack. What the stage keeps
(removalPolicy retain) stays, and its names are printed at the end. Take an export first. docs/guides/uninstall.md

${STAGE_USAGE}`;

/** Answers 0 once everything is gone, 1 where it is not confirmed or something is left. */
export async function command(args: readonly string[]): Promise<number> {
  const { values, stage } = readOptions(args, { help: { type: 'boolean', short: 'h' }, yes: { type: 'string' } });
  if (values.help) return print(USAGE, 0);
  const cloudFormation = new CloudFormationClient({});
  const stacks = await stacksOf(cloudFormation, stage);
  const ecr = new ECRClient({});
  const repositories = await repositoriesOf(ecr, `gantry-${stage}/`);
  if (stacks.length === 0 && repositories.length === 0) return print(`There is nothing of stage ${stage}.`, 0);
  const templates = new Map(
    await Promise.all(stacks.map(async ({ name }) => [name, await templateOf(cloudFormation, name)] as const)),
  );
  const found = await Promise.all(
    stacks.map(async ({ name }) => ({ name, resources: await resourcesOf(cloudFormation, name) })),
  );
  const all = found.flatMap(({ name, resources }) => resources.map((resource) => ({ stack: name, ...resource })));
  const kept = all.filter(({ stack, logicalId }) =>
    templates.get(stack)?.Resources[logicalId]?.DeletionPolicy?.startsWith('Retain'),
  );
  const bucketsToEmpty = all.filter(
    ({ type, physicalId }) => type === 'AWS::S3::Bucket' && !kept.some((each) => each.physicalId === physicalId),
  );
  print(
    `Stage ${stage} has ${stacks.length} stacks with ${all.length} resources, ${repositories.length} repositories of images and every app that runs.
These hold data and go: ${holders(all.filter((each) => !kept.includes(each)))}.
These are kept: ${holders(kept)}.`,
    0,
  );
  if (values.yes !== stage)
    return print(`Nothing was removed. To remove it: npx gantry-ops destroy --stage ${stage} --yes ${stage}`, 1);
  await deleteRepositories(ecr, repositories, (name) => print(`removed repository ${name}`, 0));
  for (const { physicalId } of bucketsToEmpty) {
    const objects = await emptyBucket(
      new S3Client({ forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined }),
      physicalId,
    );
    print(`emptied bucket ${physicalId}: ${objects} objects`, 0);
  }
  const left = await deleteStacks(cloudFormation, deletionOrder(templates), (line) => print(line, 0));
  for (const { name, reason } of left) print(`${name} is left: ${reason}`, 1);
  if (kept.length > 0) print(`Kept: ${kept.map(({ type, physicalId }) => `${type} ${physicalId}`).join(', ')}`, 0);
  return print(
    left.length === 0 ? `Stage ${stage} is gone.` : 'Something is left: mend the cause and run this again.',
    left.length === 0 ? 0 : 1,
  );
}

const HOLD_DATA = [
  'AWS::DynamoDB::Table',
  'AWS::S3::Bucket',
  'AWS::Cognito::UserPool',
  'AWS::KMS::Key',
  'AWS::SecretsManager::Secret',
];

function holders(resources: readonly { readonly type: string; readonly physicalId: string }[]): string {
  const named = resources
    .filter(({ type }) => HOLD_DATA.includes(type))
    .map(({ type, physicalId }) => `${type} ${physicalId}`);
  return named.length === 0 ? 'none' : named.join(', ');
}
