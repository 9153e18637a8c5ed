import type { Principal } from '../kernel/iam.ts';
import { ACCOUNT } from '../kernel/kernel.ts';

/** The ARN that AWS shows for a caller in messages and answers (`GetCallerIdentity`). */
export function callerArn(principal: Principal): string {
  if (principal.kind === 'operator') return `arn:aws:iam::${ACCOUNT}:user/operator`;
  if (principal.kind === 'service') return principal.name;
  const role = principal.arn.slice(principal.arn.lastIndexOf('/') + 1);
  return `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${principal.session}`;
}
