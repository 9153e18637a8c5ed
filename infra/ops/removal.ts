import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteStackCommand,
  DescribeStacksCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import { DeleteRepositoryCommand, DescribeRepositoriesCommand, type ECRClient } from '@aws-sdk/client-ecr';
import { DeleteObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { DeleteSecretCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { DeployedStack } from './stacks.ts';

const POLL_MS = 500;
/** How long the deletion of one stack may take. The cluster's takes the longest, about a quarter of an hour. */
const STACK_MS = 45 * 60_000;

/** The repositories that were made at run time, one or two for each service. */
export async function repositoriesOf(ecr: ECRClient, prefix: string): Promise<string[]> {
  const names: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ecr.send(new DescribeRepositoriesCommand({ ...(nextToken && { nextToken }) }));
    names.push(...(page.repositories ?? []).map(({ repositoryName = '' }) => repositoryName));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return names.filter((name) => name.startsWith(prefix));
}

/** Deletes repositories with their images. */
export async function deleteRepositories(
  ecr: ECRClient,
  names: readonly string[],
  removed: (name: string) => void,
): Promise<void> {
  for (const repositoryName of names) {
    await ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
    removed(repositoryName);
  }
}

/** Deletes every object of a bucket, because CloudFormation would not. Returns their number. */
export async function emptyBucket(s3: S3Client, Bucket: string): Promise<number> {
  let count = 0;
  for (;;) {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    if (Contents.length === 0) return count;
    for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    count += Contents.length;
  }
}

/**
 * Frees the name of a secret. A deleted secret keeps its name for 7 to 30 days, and no new secret can have it until
 * then. Works for secrets that are being deleted or are gone.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
 */
export async function forgetSecret(secrets: SecretsManagerClient, SecretId: string): Promise<void> {
  await secrets.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
}

interface Left {
  readonly name: string;
  readonly reason: string;
}

/**
 * Deletes stacks one after another and waits for each. Stops at the first stack that cannot be deleted, and returns the
 * remaining stacks.
 */
export async function deleteStacks(order: readonly DeployedStack[], tell: (line: string) => void): Promise<Left[]> {
  for (const [index, stack] of order.entries()) {
    const { cloudFormation, name: StackName } = stack;
    const protection = new UpdateTerminationProtectionCommand({ StackName, EnableTerminationProtection: false });
    await cloudFormation.send(protection);
    await cloudFormation.send(new DeleteStackCommand({ StackName }));
    const reason = await untilGone(stack);
    if (reason !== undefined) {
      const rest = order
        .slice(index + 1)
        .map(({ name }) => ({ name, reason: 'not tried, because an earlier stack remains' }));
      return [{ name: StackName, reason }, ...rest];
    }
    tell(`removed stack ${StackName}`);
  }
  return [];
}

/** The reason why a stack still exists, or undefined once it is gone. */
async function untilGone({ cloudFormation, name: StackName }: DeployedStack): Promise<string | undefined> {
  for (const deadline = Date.now() + STACK_MS; Date.now() < deadline; await sleep(POLL_MS)) {
    try {
      const { Stacks: [stack] = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
      if (stack?.StackStatus === 'DELETE_COMPLETE') return undefined;
      if (stack?.StackStatus === 'DELETE_FAILED') return stack.StackStatusReason ?? 'CloudFormation gives no reason';
    } catch (error) {
      if (error instanceof Error && /does not exist/.test(error.message)) return undefined;
      throw error;
    }
  }
  return `it still exists after ${STACK_MS / 60_000} minutes; CloudFormation continues`;
}
