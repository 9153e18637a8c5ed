import { REGION } from '../../kernel/kernel.ts';
import type { AnyOperation } from '../../kernel/service.ts';
import { operation } from '../../wire/operation.ts';

/** As many as `Fn::GetAZs` answers. */
const ZONES = ['a', 'b', 'c'];

/** An operator's questions about an account before a deployment. This account has its zones, no networks and no addresses. */
export function accountOperations(): Readonly<Record<string, AnyOperation>> {
  const describe = (action: string, answer: object) =>
    operation<object, object>({
      uses: [],
      access: () => [{ action: `ec2:${action}`, resource: '*' }],
      handle: () => answer,
    });
  const AvailabilityZones = ZONES.map((zone) => ({
    ZoneName: `${REGION}${zone}`,
    ZoneType: 'availability-zone',
    RegionName: REGION,
    State: 'available',
  }));
  return {
    DescribeAddresses: describe('DescribeAddresses', { Addresses: [] }),
    DescribeAvailabilityZones: describe('DescribeAvailabilityZones', { AvailabilityZones }),
    DescribeVpcs: describe('DescribeVpcs', { Vpcs: [] }),
  };
}
