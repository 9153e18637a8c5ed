import { ACCOUNT } from '../../../kernel/kernel.ts';
import { AwsError, type Operation } from '../../../kernel/service.ts';
import type { Images } from '../images.ts';
import { type InRepository, on, REGISTRY } from './input.ts';

const DAY_SECONDS = 86_400;

/** ECR applies a policy within a day; here it is applied at once when put, which the product does with each build. */
export function putLifecyclePolicy(images: Images): Operation<InRepository & { lifecyclePolicyText: string }, unknown> {
  return {
    uses: ['repositoryName', 'lifecyclePolicyText'],
    inert: REGISTRY,
    access: on('PutLifecyclePolicy'),
    handle({ repositoryName, lifecyclePolicyText }) {
      images.repository(repositoryName);
      const before = Date.now() / 1000 - untaggedDays(lifecyclePolicyText) * DAY_SECONDS;
      const tagged = new Set(images.tags(repositoryName).values());
      for (const { digest, pushedAt } of images.images(repositoryName))
        if (!tagged.has(digest) && pushedAt < before) images.removeImage(repositoryName, digest);
      return { registryId: ACCOUNT, repositoryName, lifecyclePolicyText };
    },
  };
}

/** The days after which a policy deletes untagged images. Any other policy is not emulated. */
function untaggedDays(policy: string): number {
  const { rules = [] } = JSON.parse(policy) as { rules?: { selection?: Record<string, unknown> }[] };
  const [{ selection = {} } = {}, ...others] = rules;
  const { tagStatus, countType, countUnit, countNumber } = selection;
  const known = tagStatus === 'untagged' && countType === 'sinceImagePushed' && countUnit === 'days';
  if (known && Number(countNumber) >= 1 && others.length === 0) return Number(countNumber);
  const message = 'a lifecycle policy of anything but untagged images by days is not emulated';
  throw new AwsError('InvalidParameterException', message);
}
