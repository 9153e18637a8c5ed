import { join } from 'node:path';
import type { PolicyDocument } from '../../kernel/iam.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { ImagePuller } from '../../kernel/ports.ts';
import type { ResourceType, Room } from '../../kernel/resource.ts';
import { openBlobs } from './blobs.ts';
import { isImmutable, openImages } from './images.ts';
import { repositoryArn } from './names.ts';
import { createOperations } from './operations/operations.ts';
import { createPuller } from './pull.ts';
import { createRegistry } from './registry/registry.ts';
import { createTokens } from './tokens.ts';

/** How often unreferenced blobs are deleted. */
const SWEEP_MS = 1_800_000;

interface Properties {
  readonly RepositoryName?: string;
  readonly ImageTagMutability?: string;
  readonly RepositoryPolicyText?: PolicyDocument;
}

/** ECR: repositories, and the image registry on the AWS endpoint's own address. */
export function createEcr(kernel: Kernel): Room & { readonly images: ImagePuller } {
  const blobs = openBlobs(join(kernel.dataDir, 'registry'));
  const images = openImages(kernel.store, blobs);
  const tokens = createTokens();
  let sweeping: NodeJS.Timeout | undefined;

  const repository: ResourceType = {
    type: 'AWS::ECR::Repository',
    uses: ['RepositoryName', 'ImageTagMutability', 'RepositoryPolicyText'],
    inert: {
      EmptyOnDelete: 'nothing is deleted with a local stack',
      EncryptionConfiguration: 'local images are not encrypted',
      ImageScanningConfiguration: 'the local cloud has no image scanner',
      LifecyclePolicy: 'images are kept until they are deleted',
      Tags: 'nothing local reads tags',
    },
    declare(properties, place) {
      const given = properties as Properties;
      const name = given.RepositoryName ?? place.name(200).toLowerCase();
      const createdAt = images.find(name)?.createdAt ?? Date.now() / 1000;
      images.save({ name, immutable: isImmutable(given.ImageTagMutability ?? 'MUTABLE'), createdAt, tags: [] });
      const arn = repositoryArn(name);
      if (given.RepositoryPolicyText !== undefined) kernel.iam.protect(arn, given.RepositoryPolicyText, place.at);
      return { ref: name, attributes: { Arn: arn, RepositoryUri: `${new URL(kernel.addresses.aws).host}/${name}` } };
    },
  };

  return {
    images: createPuller(kernel, images, blobs),
    services: [
      {
        signingName: 'ecr',
        protocol: 'json',
        model: () => import('@aws-sdk/client-ecr'),
        operations: createOperations(kernel, images, tokens),
      },
    ],
    mounts: [createRegistry(kernel, images, blobs, tokens)],
    resources: [repository],
    start() {
      images.sweep();
      sweeping = setInterval(() => images.sweep(), SWEEP_MS);
    },
    async stop() {
      clearInterval(sweeping);
    },
  };
}
