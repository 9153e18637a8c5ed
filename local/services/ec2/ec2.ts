import { randomBytes } from 'node:crypto';
import type { Access } from '../../kernel/access.ts';
import { ACCOUNT, type Kernel, REGION } from '../../kernel/kernel.ts';
import type { Room } from '../../kernel/resource.ts';
import { AwsError } from '../../kernel/service.ts';
import { requestTags, resourceTags, type Tags } from '../../kernel/tags.ts';
import { operation } from '../../wire/operation.ts';
import { accountOperations } from './account.ts';

/** A created security group. It blocks nothing, because everything on this machine shares its loopback. */
interface Group {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly network: string;
  readonly tags: Tags;
  readonly rules: readonly Rule[];
}

interface Rule {
  readonly IpProtocol?: string;
  readonly FromPort?: number;
  readonly ToPort?: number;
  readonly UserIdGroupPairs?: readonly { readonly GroupId?: string }[];
}

interface CreateInput {
  readonly GroupName: string;
  readonly Description: string;
  readonly VpcId: string;
  readonly TagSpecifications?: readonly {
    readonly ResourceType?: string;
    readonly Tags?: readonly { readonly Key?: string; readonly Value?: string }[];
  }[];
}

interface AuthorizeInput {
  readonly GroupId: string;
  readonly IpPermissions: readonly Rule[];
}

interface DescribeInput {
  readonly Filters?: readonly { readonly Name?: string; readonly Values?: readonly string[] }[];
}

/** The users of groups, which cannot be deleted meanwhile. */
export interface GroupUses {
  uses(groupId: string): boolean;
}

const arnOf = (kind: string, id: string) => `arn:aws:ec2:${REGION}:${ACCOUNT}:${kind}/${id}`;

/** EC2's security groups, for databases with their own, and an operator's questions about the account. */
export function createEc2(kernel: Kernel, users: () => readonly GroupUses[]): Room {
  const groups = kernel.store.collection<Group>('ec2.groups');
  const all = () => groups.entries().map(([, group]) => group);
  const byId = (id: string): Group => {
    const found = groups.get(id);
    if (found !== undefined) return found;
    throw new AwsError('InvalidGroup.NotFound', `The security group '${id}' does not exist`);
  };
  const onGroup =
    (action: string) =>
    ({ GroupId }: { readonly GroupId: string }): readonly Access[] => [
      {
        action: `ec2:${action}`,
        resource: arnOf('security-group', GroupId),
        context: resourceTags(groups.get(GroupId)?.tags),
      },
    ];

  const operations = {
    ...accountOperations(),
    CreateSecurityGroup: operation({
      uses: ['GroupName', 'Description', 'VpcId', 'TagSpecifications'],
      access(input: CreateInput): readonly Access[] {
        const [tags, resource] = [tagsOf(input), arnOf('security-group', '*')];
        const context = requestTags(tags);
        return [
          { action: 'ec2:CreateSecurityGroup', resource, context },
          { action: 'ec2:CreateSecurityGroup', resource: arnOf('vpc', input.VpcId), context },
          ...(Object.keys(tags).length === 0
            ? []
            : [
                {
                  action: 'ec2:CreateTags',
                  resource,
                  context: { ...context, 'ec2:CreateAction': 'CreateSecurityGroup' },
                },
              ]),
        ];
      },
      handle(input: CreateInput) {
        kernel.meter.count('ec2.requests');
        const { GroupName: name, Description: description, VpcId: network } = input;
        if (all().some((group) => group.name === name && group.network === network))
          throw new AwsError(
            'InvalidGroup.Duplicate',
            `The security group '${name}' already exists for VPC '${network}'`,
          );
        const id = `sg-${randomBytes(9).toString('hex').slice(0, 17)}`;
        groups.put(id, { id, name, description, network, tags: tagsOf(input), rules: [] });
        return { GroupId: id };
      },
    }),
    AuthorizeSecurityGroupIngress: operation({
      uses: ['GroupId', 'IpPermissions'],
      access: onGroup('AuthorizeSecurityGroupIngress'),
      handle({ GroupId, IpPermissions }: AuthorizeInput) {
        kernel.meter.count('ec2.requests');
        const group = byId(GroupId);
        const known = new Set(group.rules.map((rule) => JSON.stringify(rule)));
        for (const rule of IpPermissions) {
          for (const { GroupId: source = '' } of rule.UserIdGroupPairs ?? []) byId(source);
          if (known.has(JSON.stringify(rule)))
            throw new AwsError('InvalidPermission.Duplicate', 'the specified rule already exists');
        }
        groups.put(GroupId, { ...group, rules: [...group.rules, ...IpPermissions] });
        return { Return: true };
      },
    }),
    DescribeSecurityGroups: operation({
      uses: ['Filters'],
      access: (): readonly Access[] => [{ action: 'ec2:DescribeSecurityGroups', resource: '*' }],
      handle({ Filters = [] }: DescribeInput) {
        kernel.meter.count('ec2.requests');
        const found = all().filter((group) =>
          Filters.every(({ Name = '', Values = [] }) => Values.includes(field(group, Name))),
        );
        return { SecurityGroups: found.map(present) };
      },
    }),
    DeleteSecurityGroup: operation({
      uses: ['GroupId'],
      access: onGroup('DeleteSecurityGroup'),
      handle({ GroupId }: { readonly GroupId: string }) {
        kernel.meter.count('ec2.requests');
        byId(GroupId);
        if (users().some((each) => each.uses(GroupId)))
          throw new AwsError('DependencyViolation', `resource ${GroupId} has a dependent object`);
        groups.delete(GroupId);
        return { Return: true, GroupId };
      },
    }),
  };
  return {
    services: [{ signingName: 'ec2', protocol: 'ec2-query', model: () => import('@aws-sdk/client-ec2'), operations }],
  };
}

function tagsOf({ TagSpecifications = [] }: CreateInput): Tags {
  const given = TagSpecifications.flatMap(({ Tags = [] }) => Tags);
  return Object.fromEntries(given.map(({ Key = '', Value = '' }) => [Key, Value]));
}

function field({ name, network, tags }: Group, filter: string): string {
  if (filter.startsWith('tag:')) return tags[filter.slice('tag:'.length)] ?? '';
  if (filter === 'group-name') return name;
  if (filter === 'vpc-id') return network;
  throw new AwsError('InvalidParameterValue', `local cloud: filter ${filter} of security groups is not emulated`);
}

function present({ id, name, description, network, tags, rules }: Group) {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return { GroupId: id, GroupName: name, Description: description, VpcId: network, IpPermissions: rules, Tags };
}
