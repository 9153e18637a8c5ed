import { createHash } from 'node:crypto';
import { callerArn } from '../../iam/caller.ts';
import type { Principal } from '../../kernel/iam.ts';
import { ACCOUNT, type Kernel } from '../../kernel/kernel.ts';
import type { Room } from '../../kernel/resource.ts';
import type { Call } from '../../kernel/service.ts';
import { operation } from '../../wire/operation.ts';
import { assumeRole } from './assume.ts';

/**
 * STS: GetCallerIdentity, which needs no permission, and AssumeRole. A presigned GetCallerIdentity is the `k8s-aws-v1.` token of
 * EKS; the wire verifies its signature, the signed header `x-k8s-aws-id` included.
 */
export function createSts({ iam }: Kernel): Room {
  return {
    services: [
      {
        signingName: 'sts',
        isAtEdge: true,
        protocol: 'query',
        model: () => import('@aws-sdk/client-sts'),
        operations: {
          GetCallerIdentity: operation({
            uses: [],
            access: () => [],
            handle: (_input: object, { principal }: Call) => ({
              UserId: userId(principal),
              Account: ACCOUNT,
              Arn: callerArn(principal),
            }),
          }),
          AssumeRole: assumeRole(iam, userId),
        },
      },
    ],
  };
}

/** A role session's id is `<unique id of the role>:<session>`; the unique id is made from the role's ARN. */
function userId(principal: Principal): string {
  if (principal.kind !== 'role') return principal.kind === 'operator' ? 'AIDAOPERATOR' : principal.name;
  const id = createHash('sha256').update(principal.arn).digest('hex').slice(0, 16).toUpperCase();
  return `AROA${id}:${principal.session}`;
}
