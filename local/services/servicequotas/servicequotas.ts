import type { Room } from '../../kernel/resource.ts';
import { AwsError } from '../../kernel/service.ts';
import { operation } from '../../wire/operation.ts';

/** Service Quotas: the local cloud has none, since one machine is the limit. */
export function createServiceQuotas(): Room {
  const none = (action: string) =>
    operation<object, never>({
      uses: ['ServiceCode', 'QuotaCode'],
      access: () => [{ action: `servicequotas:${action}`, resource: '*' }],
      handle() {
        throw new AwsError('NoSuchResourceException', 'The local cloud has no quotas.');
      },
    });
  const operations = {
    GetServiceQuota: none('GetServiceQuota'),
    GetAWSDefaultServiceQuota: none('GetAWSDefaultServiceQuota'),
  };
  return {
    services: [
      {
        signingName: 'servicequotas',
        protocol: 'json',
        model: () => import('@aws-sdk/client-service-quotas'),
        operations,
      },
    ],
  };
}
