import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { clientDefaults } from './client.ts';
import { available, awsErrorName } from './failures.ts';

const ec2 = new EC2Client(clientDefaults);

export interface NewGroup {
  readonly name: string;
  readonly description: string;
  readonly network: string;
  readonly port: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** Creates a security group whose members, and nobody else, reach each other at one port. Answers its id; an existing group is completed. */
export async function ensureGroup({ name, description, network, port, tags }: NewGroup): Promise<string> {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const command = new CreateSecurityGroupCommand({
    GroupName: name,
    Description: description,
    VpcId: network,
    TagSpecifications: [{ ResourceType: 'security-group', Tags }],
  });
  const made = await unless('InvalidGroup.Duplicate', () => ec2.send(command));
  const id = made?.GroupId ?? (await findGroup(name, network));
  if (id === undefined) throw new Error(`security group ${name} does not exist and cannot be made`);
  const itself = { IpProtocol: 'tcp', FromPort: port, ToPort: port, UserIdGroupPairs: [{ GroupId: id }] };
  const allow = new AuthorizeSecurityGroupIngressCommand({ GroupId: id, IpPermissions: [itself] });
  await unless('InvalidPermission.Duplicate', () => ec2.send(allow));
  return id;
}

/** The id of a group by its name; undefined without one. */
async function findGroup(name: string, network: string): Promise<string | undefined> {
  const Filters = [
    { Name: 'group-name', Values: [name] },
    { Name: 'vpc-id', Values: [network] },
  ];
  const { SecurityGroups = [] } = await available('Amazon EC2', () =>
    ec2.send(new DescribeSecurityGroupsCommand({ Filters })),
  );
  return SecurityGroups[0]?.GroupId;
}

/** Deletes a group by its name; harmless when it is gone. Answers false while something still uses it. */
export async function removeGroup(name: string, network: string): Promise<boolean> {
  const id = await findGroup(name, network);
  if (id === undefined) return true;
  try {
    await available('Amazon EC2', () => ec2.send(new DeleteSecurityGroupCommand({ GroupId: id })));
    return true;
  } catch (error) {
    if (awsErrorName(error) === 'DependencyViolation') return false;
    if (awsErrorName(error) === 'InvalidGroup.NotFound') return true;
    throw error;
  }
}

async function unless<T>(refusal: string, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await available('Amazon EC2', call);
  } catch (error) {
    if (awsErrorName(error) === refusal) return undefined;
    throw error;
  }
}
