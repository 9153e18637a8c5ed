import { EC2Client } from '@aws-sdk/client-ec2';
import { ECRClient } from '@aws-sdk/client-ecr';
import { RDSClient } from '@aws-sdk/client-rds';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { print } from '../command.ts';
import { databasesOf, removeDatabases, removeGroups } from '../databases.ts';
import { readOptions, STAGE_USAGE } from '../options.ts';
import { deleteRepositories, deleteStacks, emptyBucket, forgetSecret, repositoriesOf } from '../removal.ts';
import { deletionOrder, type MadeStack, resourcesOf, type StackResource, stacksOf, templateOf } from '../stacks.ts';

const USAGE = `Usage: npx gantry-ops destroy [--yes <stage>] [--stage <stage>]

Lists the data that would be lost. With --yes <stage>, removes databases with their snapshots, repositories of images, uploads, and every stack.
Resources that the stage keeps (removalPolicy retain) stay, and the command prints their names at the end. Make an export first.
More: docs/guides/uninstall.md

${STAGE_USAGE}`;

/** Returns 0 once everything is gone, 1 if the removal is not confirmed or something remains. */
export async function command(args: readonly string[]): Promise<number> {
  const { values, stage } = readOptions(args, { help: { type: 'boolean', short: 'h' }, yes: { type: 'string' } });
  if (values.help) return print(USAGE, 0);
  const ecr = new ECRClient({});
  const clients = { rds: new RDSClient({}), ec2: new EC2Client({}), secrets: new SecretsManagerClient({}) };
  const [deployed, repositories, databases] = await Promise.all([
    stacksOf(stage),
    repositoriesOf(ecr, `gantry-${stage}/`),
    databasesOf(clients, stage),
  ]);
  const { clusters, snapshots, groups, secrets: passwords } = databases;
  const ofDatabases = [clusters, snapshots, groups, passwords].some((each) => each.length > 0);
  if (deployed.length === 0 && repositories.length === 0 && !ofDatabases)
    return print(`Stage ${stage} has no resources.`, 0);
  const stacks = await Promise.all(deployed.map(async (stack) => ({ ...stack, template: await templateOf(stack) })));
  const all = (await Promise.all(stacks.map(heldBy))).flat();
  const going = all.filter(({ isKept }) => !isKept);
  const kept = all.filter(({ isKept }) => isKept);
  print(
    `Stage ${stage} has ${stacks.length} stacks with ${all.length} resources, ${repositories.length} repositories of images and all running apps.
These hold data and will be removed: ${holders(going)}.
These stay: ${holders(kept)}.
Databases of apps will be removed with all data, without a final snapshot: servers ${listed(clusters.map(({ id }) => id))}; snapshots ${listed(snapshots)}; passwords ${listed(passwords)}; security groups ${listed(groups)}.`,
    0,
  );
  if (values.yes !== stage)
    return print(`Nothing was removed. To remove the stage: npx gantry-ops destroy --stage ${stage} --yes ${stage}`, 1);
  await removeDatabases(clients, stage, databases, (what) => print(`removed ${what}`, 0));
  const inUse = await removeGroups(clients.ec2, groups);
  await deleteRepositories(ecr, repositories, (name) => print(`removed repository ${name}`, 0));
  await emptyBuckets(going);
  const order = deletionOrder(stacks, await ecr.config.region());
  const tell = (line: string) => print(line, 0);
  let left = await deleteStacks(order, tell);
  // An app's pod uses its security group, and the group blocks the network's deletion. Once the cluster is gone, both
  // can be deleted.
  if (left.length > 0 && inUse.length > 0 && (await removeGroups(clients.ec2, inUse)).length === 0)
    left = await deleteStacks(
      order.filter(({ name }) => left.some((each) => each.name === name)),
      tell,
    );
  for (const { name, reason } of left) print(`${name} remains: ${reason}`, 1);
  const isLeft = new Set(left.map(({ name }) => name));
  const secrets = going.filter(({ type, stack }) => type === 'AWS::SecretsManager::Secret' && !isLeft.has(stack));
  for (const { physicalId } of secrets) await forgetSecret(clients.secrets, physicalId);
  if (kept.length > 0) print(`Kept: ${kept.map(({ type, physicalId }) => `${type} ${physicalId}`).join(', ')}`, 0);
  return print(
    left.length === 0 ? `Stage ${stage} is gone.` : 'Some resources remain. Fix the cause and run this command again.',
    left.length === 0 ? 0 : 1,
  );
}

interface Held extends StackResource {
  readonly stack: string;
  /** Whether the resource stays when its stack is deleted. */
  readonly isKept: boolean;
}

async function heldBy(stack: MadeStack): Promise<Held[]> {
  const { Resources } = stack.template;
  return (await resourcesOf(stack)).map((resource) => ({
    stack: stack.name,
    ...resource,
    isKept: Resources[resource.logicalId]?.DeletionPolicy?.startsWith('Retain') === true,
  }));
}

async function emptyBuckets(going: readonly Held[]): Promise<void> {
  const s3 = new S3Client({ forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined });
  for (const { physicalId } of going.filter(({ type }) => type === 'AWS::S3::Bucket')) {
    const objects = await emptyBucket(s3, physicalId);
    print(`emptied bucket ${physicalId}: ${objects} objects`, 0);
  }
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
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
  return listed(named);
}
