import { ACCOUNT } from '../../../kernel/kernel.ts';
import { type AnyOperation, AwsError, type Operation } from '../../../kernel/service.ts';
import type { Image, Images } from '../images.ts';
import { type InRepository, on, type Paged, page, REGISTRY } from './input.ts';
import { putLifecyclePolicy } from './lifecycle.ts';

interface ImageId {
  readonly imageDigest?: string;
  readonly imageTag?: string;
}

/** The operations on the images of a repository. */
export function imageOperations(images: Images): Readonly<Record<string, AnyOperation>> {
  return {
    BatchGetImage: batchGetImage(images),
    DescribeImages: describeImages(images),
    ListImages: listImages(images),
    BatchDeleteImage: batchDeleteImage(images),
    PutLifecyclePolicy: putLifecyclePolicy(images),
  };
}

function batchGetImage(images: Images): Operation<InRepository & { imageIds: readonly ImageId[] }, unknown> {
  return {
    uses: ['repositoryName', 'imageIds'],
    inert: { ...REGISTRY, acceptedMediaTypes: 'a manifest is answered as it was pushed' },
    access: on('BatchGetImage'),
    handle({ repositoryName, imageIds }) {
      images.repository(repositoryName);
      const found = imageIds.map((imageId) => ({ imageId, image: lookUp(images, repositoryName, imageId) }));
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
}

function describeImages(images: Images): Operation<InRepository & { imageIds?: readonly ImageId[] } & Paged, unknown> {
  return {
    uses: ['repositoryName', 'imageIds', 'maxResults', 'nextToken'],
    inert: REGISTRY,
    access: on('DescribeImages'),
    handle({ repositoryName, imageIds, ...paged }) {
      images.repository(repositoryName);
      const wanted = imageIds?.map((imageId) => {
        const image = lookUp(images, repositoryName, imageId);
        if (image !== undefined) return image;
        const named = imageId.imageDigest ?? imageId.imageTag;
        throw new AwsError('ImageNotFoundException', `The image '${named}' does not exist in '${repositoryName}'`);
      });
      const { items, nextToken } = page(wanted ?? images.images(repositoryName), paged);
      return {
        imageDetails: items.map((image) => {
          const imageTags = idsOf(images, repositoryName, image).flatMap(({ imageTag }) => imageTag ?? []);
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
}

function listImages(images: Images): Operation<InRepository & { filter?: { tagStatus?: string } } & Paged, unknown> {
  return {
    uses: ['repositoryName', 'filter', 'maxResults', 'nextToken'],
    inert: REGISTRY,
    access: on('ListImages'),
    handle({ repositoryName, filter, ...paged }) {
      images.repository(repositoryName);
      const status = filter?.tagStatus ?? 'ANY';
      const all = images.images(repositoryName).flatMap((image) => idsOf(images, repositoryName, image));
      const matching = all.filter(
        ({ imageTag }) => status === 'ANY' || (status === 'TAGGED') === (imageTag !== undefined),
      );
      const { items, nextToken } = page(matching, paged);
      return { imageIds: items, ...nextToken };
    },
  };
}

function batchDeleteImage(images: Images): Operation<InRepository & { imageIds: readonly ImageId[] }, unknown> {
  return {
    uses: ['repositoryName', 'imageIds'],
    inert: REGISTRY,
    access: on('BatchDeleteImage'),
    handle({ repositoryName, imageIds }) {
      images.repository(repositoryName);
      const removed: ImageId[] = [];
      const failures: ReturnType<typeof failure>[] = [];
      for (const imageId of imageIds) {
        const image = lookUp(images, repositoryName, imageId);
        if (image === undefined) {
          failures.push(failure(imageId));
          continue;
        }
        const ids = idsOf(images, repositoryName, image);
        if (imageId.imageTag !== undefined && ids.length > 1) images.untag(repositoryName, imageId.imageTag);
        else images.removeImage(repositoryName, image.digest);
        removed.push({ ...imageId, imageDigest: image.digest });
      }
      return { imageIds: removed, failures };
    },
  };
}

/** An image's tags, each with its digest, or its digest alone. */
function idsOf(images: Images, name: string, { digest }: Image): readonly ImageId[] {
  const tags = [...images.tags(name)].filter(([, target]) => target === digest).map(([imageTag]) => imageTag);
  return tags.length === 0 ? [{ imageDigest: digest }] : tags.map((imageTag) => ({ imageDigest: digest, imageTag }));
}

function lookUp(images: Images, name: string, { imageDigest, imageTag }: ImageId): Image | undefined {
  return images.image(name, imageDigest ?? imageTag ?? '');
}

function failure(imageId: ImageId) {
  return { imageId, failureCode: 'ImageNotFound', failureReason: 'Requested image not found' };
}
