import type { Kernel } from '../../kernel/kernel.ts';
import { ACCOUNT } from '../../kernel/kernel.ts';
import { type AnyOperation, AwsError, type Operation } from '../../kernel/service.ts';
import type { Image, Images, Repository } from './images.ts';
import { isRepositoryName, repositoryArn } from './names.ts';
import type { Tokens } from './tokens.ts';

interface ImageId {
  readonly imageDigest?: string;
  readonly imageTag?: string;
}
interface InRepository {
  readonly repositoryName: string;
}
interface Paged {
  readonly maxResults?: number;
  readonly nextToken?: string;
}

const REGISTRY = { registryId: 'there is one account' };

/** ECR's operations that the product calls. Images are pushed and pulled through the registry under `/v2/`. */
export function createOperations(
  kernel: Kernel,
  images: Images,
  tokens: Tokens,
): Readonly<Record<string, AnyOperation>> {
  const { host } = new URL(kernel.addresses.aws);
  const on = (action: string) => (input: InRepository) => [
    { action: `ecr:${action}`, resource: repositoryArn(input.repositoryName) },
  ];
  const describe = ({ name, immutable, createdAt }: Repository) => ({
    repositoryArn: repositoryArn(name),
    registryId: ACCOUNT,
    repositoryName: name,
    repositoryUri: `${host}/${name}`,
    createdAt,
    imageTagMutability: immutable ? 'IMMUTABLE' : 'MUTABLE',
    imageScanningConfiguration: { scanOnPush: false },
  });
  const idsOf = (name: string, { digest }: Image): readonly ImageId[] => {
    const tags = [...images.tags(name)].filter(([, target]) => target === digest).map(([imageTag]) => imageTag);
    return tags.length === 0 ? [{ imageDigest: digest }] : tags.map((imageTag) => ({ imageDigest: digest, imageTag }));
  };
  const lookUp = (name: string, { imageDigest, imageTag }: ImageId) =>
    images.image(name, imageDigest ?? imageTag ?? '');
  const failure = (imageId: ImageId) => ({
    imageId,
    failureCode: 'ImageNotFound',
    failureReason: 'Requested image not found',
  });

  const GetAuthorizationToken: Operation<object, unknown> = {
    uses: [],
    inert: { registryIds: 'there is one registry' },
    access: () => [{ action: 'ecr:GetAuthorizationToken', resource: '*' }],
    handle: (_, { principal }) => ({
      authorizationData: [{ ...tokens.issue(principal), proxyEndpoint: kernel.addresses.aws }],
    }),
  };

  const CreateRepository: Operation<
    InRepository & { imageTagMutability?: string; tags?: Repository['tags'] },
    unknown
  > = {
    uses: ['repositoryName', 'imageTagMutability', 'tags'],
    inert: {
      ...REGISTRY,
      imageScanningConfiguration: 'the local cloud has no image scanner',
      encryptionConfiguration: 'local images are not encrypted',
    },
    access: on('CreateRepository'),
    handle({ repositoryName: name, imageTagMutability = 'MUTABLE', tags = [] }) {
      if (!isRepositoryName(name)) throw new AwsError('InvalidParameterException', `Invalid repository name '${name}'`);
      if (images.find(name) !== undefined) {
        const message = `The repository with name '${name}' already exists in the registry with id '${ACCOUNT}'`;
        throw new AwsError('RepositoryAlreadyExistsException', message);
      }
      const immutable = isImmutable(imageTagMutability);
      const repository = { name, immutable, createdAt: Date.now() / 1000, tags };
      images.save(repository);
      return { repository: describe(repository) };
    },
  };

  const DescribeRepositories: Operation<{ repositoryNames?: readonly string[] } & Paged, unknown> = {
    uses: ['repositoryNames', 'maxResults', 'nextToken'],
    inert: REGISTRY,
    access: ({ repositoryNames = ['*'] }) =>
      repositoryNames.map((name) => ({ action: 'ecr:DescribeRepositories', resource: repositoryArn(name) })),
    handle({ repositoryNames, ...paged }) {
      const found = repositoryNames?.map((name) => images.repository(name)) ?? images.list();
      const { items, nextToken } = page(found, paged);
      return { repositories: items.map(describe), ...nextToken };
    },
  };

  const DeleteRepository: Operation<InRepository & { force?: boolean }, unknown> = {
    uses: ['repositoryName', 'force'],
    inert: REGISTRY,
    access: on('DeleteRepository'),
    handle({ repositoryName, force = false }) {
      const repository = images.repository(repositoryName);
      if (!force && images.images(repositoryName).length > 0) {
        const message = `The repository with name '${repositoryName}' cannot be deleted because it still contains images`;
        throw new AwsError('RepositoryNotEmptyException', message);
      }
      images.remove(repositoryName);
      return { repository: describe(repository) };
    },
  };

  const BatchGetImage: Operation<InRepository & { imageIds: readonly ImageId[] }, unknown> = {
    uses: ['repositoryName', 'imageIds'],
    inert: { ...REGISTRY, acceptedMediaTypes: 'a manifest is answered as it was pushed' },
    access: on('BatchGetImage'),
    handle({ repositoryName, imageIds }) {
      images.repository(repositoryName);
      const found = imageIds.map((imageId) => ({ imageId, image: lookUp(repositoryName, imageId) }));
      return {
        images: found.flatMap(({ imageId, image }) =>
          image === undefined
            ? []
            : {
                registryId: ACCOUNT,
                repositoryName,
                imageId: { ...imageId, imageDigest: image.digest },
                imageManifest: image.manifest,
                imageManifestMediaType: image.mediaType,
              },
        ),
        failures: found.filter(({ image }) => image === undefined).map(({ imageId }) => failure(imageId)),
      };
    },
  };

  const DescribeImages: Operation<InRepository & { imageIds?: readonly ImageId[] } & Paged, unknown> = {
    uses: ['repositoryName', 'imageIds', 'maxResults', 'nextToken'],
    inert: REGISTRY,
    access: on('DescribeImages'),
    handle({ repositoryName, imageIds, ...paged }) {
      images.repository(repositoryName);
      const wanted = imageIds?.map((imageId) => {
        const image = lookUp(repositoryName, imageId);
        if (image !== undefined) return image;
        const named = imageId.imageDigest ?? imageId.imageTag;
        throw new AwsError('ImageNotFoundException', `The image '${named}' does not exist in '${repositoryName}'`);
      });
      const { items, nextToken } = page(wanted ?? images.images(repositoryName), paged);
      return {
        imageDetails: items.map((image) => {
          const imageTags = idsOf(repositoryName, image).flatMap(({ imageTag }) => imageTag ?? []);
          return {
            registryId: ACCOUNT,
            repositoryName,
            imageDigest: image.digest,
            ...(imageTags.length === 0 ? {} : { imageTags }),
            imageSizeInBytes: image.size,
            imagePushedAt: image.pushedAt,
            imageManifestMediaType: image.mediaType,
          };
        }),
        ...nextToken,
      };
    },
  };

  const ListImages: Operation<InRepository & { filter?: { tagStatus?: string } } & Paged, unknown> = {
    uses: ['repositoryName', 'filter', 'maxResults', 'nextToken'],
    inert: REGISTRY,
    access: on('ListImages'),
    handle({ repositoryName, filter, ...paged }) {
      images.repository(repositoryName);
      const status = filter?.tagStatus ?? 'ANY';
      const all = images.images(repositoryName).flatMap((image) => idsOf(repositoryName, image));
      const matching = all.filter(
        ({ imageTag }) => status === 'ANY' || (status === 'TAGGED') === (imageTag !== undefined),
      );
      const { items, nextToken } = page(matching, paged);
      return { imageIds: items, ...nextToken };
    },
  };

  const BatchDeleteImage: Operation<InRepository & { imageIds: readonly ImageId[] }, unknown> = {
    uses: ['repositoryName', 'imageIds'],
    inert: REGISTRY,
    access: on('BatchDeleteImage'),
    handle({ repositoryName, imageIds }) {
      images.repository(repositoryName);
      const removed: ImageId[] = [];
      const failures: ReturnType<typeof failure>[] = [];
      for (const imageId of imageIds) {
        const image = lookUp(repositoryName, imageId);
        if (image === undefined) {
          failures.push(failure(imageId));
          continue;
        }
        const ids = idsOf(repositoryName, image);
        if (imageId.imageTag !== undefined && ids.length > 1) images.untag(repositoryName, imageId.imageTag);
        else images.removeImage(repositoryName, image.digest);
        removed.push({ ...imageId, imageDigest: image.digest });
      }
      return { imageIds: removed, failures };
    },
  };

  return {
    GetAuthorizationToken,
    CreateRepository,
    DescribeRepositories,
    DeleteRepository,
    BatchGetImage,
    DescribeImages,
    ListImages,
    BatchDeleteImage,
  };
}

/** Tag mutability with exclusion filters is not emulated. */
export function isImmutable(mutability: string): boolean {
  if (mutability === 'IMMUTABLE') return true;
  if (mutability === 'MUTABLE') return false;
  throw new AwsError('InvalidParameterException', `imageTagMutability ${mutability} is not emulated`);
}

function page<T>(all: readonly T[], { maxResults = 100, nextToken = '0' }: Paged) {
  const from = Number(nextToken);
  if (!Number.isInteger(from) || from < 0)
    throw new AwsError('InvalidParameterException', `Invalid nextToken '${nextToken}'`);
  const end = from + Math.min(maxResults, 1_000);
  return { items: all.slice(from, end), nextToken: end < all.length ? { nextToken: String(end) } : {} };
}
