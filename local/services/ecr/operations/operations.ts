import type { Kernel } from '../../../kernel/kernel.ts';
import type { AnyOperation, Operation } from '../../../kernel/service.ts';
import type { Images } from '../images.ts';
import type { Tokens } from '../tokens.ts';
import { imageOperations } from './images.ts';
import { repositoryOperations } from './repositories.ts';

/** ECR's operations that the product calls. Images are pushed and pulled through the registry under `/v2/`. */
export function createOperations(
  kernel: Kernel,
  images: Images,
  tokens: Tokens,
): Readonly<Record<string, AnyOperation>> {
  const { host } = new URL(kernel.addresses.aws);
  return {
    GetAuthorizationToken: getAuthorizationToken(kernel, tokens),
    ...repositoryOperations(host, images),
    ...imageOperations(images),
  };
}

function getAuthorizationToken(kernel: Kernel, tokens: Tokens): Operation<object, unknown> {
  return {
    uses: [],
    inert: { registryIds: 'there is one registry' },
    access: () => [{ action: 'ecr:GetAuthorizationToken', resource: '*' }],
    handle: (_, { principal }) => ({
      authorizationData: [{ ...tokens.issue(principal), proxyEndpoint: kernel.addresses.aws }],
    }),
  };
}
