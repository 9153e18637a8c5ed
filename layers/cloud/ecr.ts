import {
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
} from '@aws-sdk/client-ecr';
import { clientDefaults } from './client.ts';
import { awsErrorName } from './failures.ts';

const ecr = new ECRClient(clientDefaults);

/** The address of an image repository whose tags never change; creates it where it is not there yet. */
export async function ensureRepository(name: string): Promise<string> {
  try {
    const created = await ecr.send(
      new CreateRepositoryCommand({ repositoryName: name, imageTagMutability: 'IMMUTABLE' }),
    );
    return addressOf(created.repository?.repositoryUri, name);
  } catch (error) {
    if (awsErrorName(error) !== 'RepositoryAlreadyExistsException') throw error;
    const found = await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] }));
    return addressOf(found.repositories?.[0]?.repositoryUri, name);
  }
}

/** Removes an image repository with its images; harmless where it is gone. */
export async function removeRepository(name: string): Promise<void> {
  try {
    await ecr.send(new DeleteRepositoryCommand({ repositoryName: name, force: true }));
  } catch (error) {
    if (awsErrorName(error) !== 'RepositoryNotFoundException') throw error;
  }
}

function addressOf(uri: string | undefined, name: string): string {
  if (uri === undefined) throw new Error(`ECR did not tell the address of repository ${name}`);
  return uri;
}
