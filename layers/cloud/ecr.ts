import {
  BatchDeleteImageCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  PutLifecyclePolicyCommand,
  paginateDescribeImages,
} from '@aws-sdk/client-ecr';
import { clientDefaults } from './client.ts';
import { awsErrorName } from './failures.ts';

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html */
const DELETED_AT_ONCE = 100;
const MAX_IMAGES = 10_000;

const ecr = new ECRClient(clientDefaults);

/** The address of an image repository, which is created if it is missing. */
export async function ensureRepository(name: string, imageTagMutability: 'IMMUTABLE' | 'MUTABLE'): Promise<string> {
  try {
    const created = await ecr.send(new CreateRepositoryCommand({ repositoryName: name, imageTagMutability }));
    return addressOf(created.repository?.repositoryUri, name);
  } catch (error) {
    if (awsErrorName(error) !== 'RepositoryAlreadyExistsException') throw error;
    const found = await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] }));
    return addressOf(found.repositories?.[0]?.repositoryUri, name);
  }
}

/**
 * Expires untagged images of a repository `days` after their push.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
 */
export async function expireUntagged(repositoryName: string, days: number): Promise<void> {
  const selection = { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: days };
  const rules = [{ rulePriority: 1, description: 'What no tag names', selection, action: { type: 'expire' } }];
  await ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText: JSON.stringify({ rules }) }));
}

/** Deletes an image repository with its images; harmless when it is gone. */
export async function removeRepository(name: string): Promise<void> {
  try {
    await ecr.send(new DeleteRepositoryCommand({ repositoryName: name, force: true }));
  } catch (error) {
    if (awsErrorName(error) !== 'RepositoryNotFoundException') throw error;
  }
}

export interface Image {
  /** `sha256:…` */
  readonly digest: string;
  /** Milliseconds since 1970. */
  readonly pushedAt: number;
}

/** The images of a repository, at most 10,000; none for a missing repository. */
export async function listImages(repositoryName: string): Promise<Image[]> {
  try {
    const images: Image[] = [];
    const pages = paginateDescribeImages({ client: ecr, pageSize: 1000 }, { repositoryName });
    for await (const { imageDetails = [] } of pages) {
      images.push(
        ...imageDetails.map(({ imageDigest = '', imagePushedAt }) => ({
          digest: imageDigest,
          pushedAt: imagePushedAt?.getTime() ?? Number.POSITIVE_INFINITY,
        })),
      );
      if (images.length >= MAX_IMAGES) break;
    }
    return images;
  } catch (error) {
    if (awsErrorName(error) === 'RepositoryNotFoundException') return [];
    throw error;
  }
}

/** Deletes images by digest; skips those that are gone, or that an image index still names. */
export async function deleteImages(repositoryName: string, digests: readonly string[]): Promise<void> {
  for (let at = 0; at < digests.length; at += DELETED_AT_ONCE) {
    const imageIds = digests.slice(at, at + DELETED_AT_ONCE).map((imageDigest) => ({ imageDigest }));
    await ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds }));
  }
}

function addressOf(uri: string | undefined, name: string): string {
  if (uri === undefined) throw new Error(`ECR did not tell the address of repository ${name}`);
  return uri;
}
