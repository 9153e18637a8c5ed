import { ACCOUNT } from '../../../kernel/kernel.ts';
import { type AnyOperation, AwsError, type Operation } from '../../../kernel/service.ts';
import { type Images, isImmutable, type Repository } from '../images.ts';
import { isRepositoryName, repositoryArn } from '../names.ts';
import { type InRepository, on, type Paged, page, REGISTRY } from './input.ts';

/** The operations on repositories. `host` is the registry's, as images are named by it. */
export function repositoryOperations(host: string, images: Images): Readonly<Record<string, AnyOperation>> {
  return {
    CreateRepository: createRepository(host, images),
    DescribeRepositories: describeRepositories(host, images),
    DeleteRepository: deleteRepository(host, images),
  };
}

function createRepository(
  host: string,
  images: Images,
): Operation<InRepository & { imageTagMutability?: string; tags?: Repository['tags'] }, unknown> {
  return {
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
      return { repository: describe(host, repository) };
    },
  };
}

function describeRepositories(
  host: string,
  images: Images,
): Operation<{ repositoryNames?: readonly string[] } & Paged, unknown> {
  return {
    uses: ['repositoryNames', 'maxResults', 'nextToken'],
    inert: REGISTRY,
    access: ({ repositoryNames = ['*'] }) =>
      repositoryNames.map((name) => ({ action: 'ecr:DescribeRepositories', resource: repositoryArn(name) })),
    handle({ repositoryNames, ...paged }) {
      const found = repositoryNames?.map((name) => images.repository(name)) ?? images.list();
      const { items, nextToken } = page(found, paged);
      return { repositories: items.map((each) => describe(host, each)), ...nextToken };
    },
  };
}

function deleteRepository(host: string, images: Images): Operation<InRepository & { force?: boolean }, unknown> {
  return {
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
      return { repository: describe(host, repository) };
    },
  };
}

function describe(host: string, { name, immutable, createdAt }: Repository) {
  return {
    repositoryArn: repositoryArn(name),
    registryId: ACCOUNT,
    repositoryName: name,
    repositoryUri: `${host}/${name}`,
    createdAt,
    imageTagMutability: immutable ? 'IMMUTABLE' : 'MUTABLE',
    imageScanningConfiguration: { scanOnPush: false },
  };
}
