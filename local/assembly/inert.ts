import { createHash } from 'node:crypto';
import { ACCOUNT, REGION } from '../kernel/kernel.ts';
import type { Declared, Place, ResourceType, Room } from '../kernel/resource.ts';

/**
 * CloudFormation types without a local effect, each with the reason why that is harmless. They answer `Ref` and the attributes that templates use;
 * nothing is created.
 */
export function createInertTypes(): Room {
  return { resources: [...network, ...monitoring, ...topics, ...others] };
}

const NETWORK = 'apps and functions share the loopback of this machine: there is no network to lay out';
const MONITORING = 'nobody looks at a dashboard locally';
const TOPICS = 'alarms are the only publishers, and tell nobody locally: gantry-ops status shows them';

const network: readonly ResourceType[] = [
  ec2('VPC', 'vpc', (id, place) => ({
    VpcId: id,
    DefaultSecurityGroup: idOf('sg', place),
    DefaultNetworkAcl: idOf('acl', place),
  })),
  ec2('Subnet', 'subnet', (id, place) => ({ SubnetId: id, VpcId: idOf('vpc', place), AvailabilityZone: `${REGION}a` })),
  ec2('SecurityGroup', 'sg', (id, place) => ({ GroupId: id, Id: id, VpcId: idOf('vpc', place) })),
  ec2('EIP', 'eipalloc', (id) => ({ AllocationId: id, PublicIp: '127.0.0.1' })),
  ec2('RouteTable', 'rtb', (id) => ({ RouteTableId: id })),
  ec2('InternetGateway', 'igw', (id) => ({ InternetGatewayId: id })),
  ec2('NatGateway', 'nat', (id) => ({ NatGatewayId: id })),
  ec2('*', 'ec2', (id) => ({ Id: id })),
];

const monitoring: readonly ResourceType[] = [
  inert('AWS::CloudWatch::Dashboard', MONITORING, (place) => ({ ref: place.name(255), attributes: {} })),
];

const topics: readonly ResourceType[] = [
  inert('AWS::SNS::Topic', TOPICS, (place, { TopicName }) => {
    const name = typeof TopicName === 'string' ? TopicName : place.name(256);
    return { ref: arn('sns', name), attributes: { TopicArn: arn('sns', name), TopicName: name } };
  }),
  inert('AWS::SNS::TopicPolicy', TOPICS, (place) => ({ ref: place.name(), attributes: {} })),
  inert('AWS::SNS::Subscription', TOPICS, (place, { TopicArn }) => {
    const subscription = `${String(TopicArn)}:${idOf('sub', place)}`;
    return { ref: subscription, attributes: { Arn: subscription } };
  }),
];

const others: readonly ResourceType[] = [
  inert('AWS::CDK::Metadata', 'names the versions of the CDK for AWS', (place) => ({
    ref: place.name(),
    attributes: {},
  })),
  inert(
    'AWS::SSM::Parameter',
    'no operation of Systems Manager is emulated, so that nothing can read it',
    (place, given) => ({
      ref: typeof given.Name === 'string' ? given.Name : place.name(),
      attributes: { Type: given.Type, Value: given.Value },
    }),
  ),
];

function inert(
  type: string,
  reason: string,
  declare: (place: Place, properties: Readonly<Record<string, unknown>>) => Declared,
): ResourceType {
  return { type, uses: [], inert: { '*': reason }, declare: (properties, place) => declare(place, properties) };
}

function ec2(
  type: string,
  prefix: string,
  attributes: (id: string, place: Place) => Readonly<Record<string, unknown>>,
): ResourceType {
  return inert(`AWS::EC2::${type}`, NETWORK, (place, properties) => {
    const id = idOf(prefix, place);
    return { ref: id, attributes: { CidrBlock: properties.CidrBlock, ...attributes(id, place) } };
  });
}

function idOf(prefix: string, { at }: Place): string {
  return `${prefix}-${createHash('sha256').update(at).digest('hex').slice(0, 17)}`;
}

function arn(service: string, rest: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
}
