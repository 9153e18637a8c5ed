import { beforeAll, describe, expect, it } from '@jest/globals';
import { assembled, at, type Made, ofType, type Placed, referenced } from './synthesis.ts';

interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** Statements for every resource, by Sid, each with the reason why AWS allows nothing narrower. */
const EVERY_RESOURCE: Readonly<Record<string, string>> = {
  FindGroups: 'ec2:DescribeSecurityGroups searches all groups by name',
  ReadMetrics: 'cloudwatch:GetMetricStatistics and ListMetrics are for all metrics',
  RegistryToken: "ecr:GetAuthorizationToken is for the account's registry as a whole",
};

/** Roles of AWS's own services, with the policies that AWS maintains for them. */
const AWS_MANAGED = ['NodeRole', 'ClusterRole'];

let made: Made;
beforeAll(async () => {
  made = await assembled();
}, 60_000);

function statements(type: string): { readonly where: string; readonly statement: Statement }[] {
  return ofType(made, type).flatMap((policy) =>
    (at(policy, 'PolicyDocument.Statement') as Statement[]).map((statement) => ({
      where: `${policy.stack}/${policy.logicalId}/${statement.Sid}`,
      statement,
    })),
  );
}

const allowed = (type: string) => statements(type).filter(({ statement }) => statement.Effect === 'Allow');
const resourcePolicies = ['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy'];

describe('permissions', () => {
  it('name every action in full', () => {
    const all = ['AWS::IAM::Policy', ...resourcePolicies].flatMap(allowed);
    expect(all.length).toBeGreaterThan(50);
    expect(all.filter(({ statement }) => [statement.Action].flat().some((action) => action.includes('*')))).toEqual([]);
  });

  it('name every resource, unless AWS allows nothing narrower', () => {
    const open = allowed('AWS::IAM::Policy').filter(({ statement }) => [statement.Resource].flat().includes('*'));
    const found = [...new Set(open.map(({ statement }) => statement.Sid))];
    expect(found.sort()).toEqual(Object.keys(EVERY_RESOURCE));
  });

  it('have a Sid that says what each grant is for, once in a policy', () => {
    const all = statements('AWS::IAM::Policy').map(({ where }) => where);
    expect(all.filter((where) => where.endsWith('/undefined'))).toEqual([]);
    expect(new Set(all).size).toBe(all.length);
  });

  it('let other services act only for our own resources', () => {
    const open = resourcePolicies.flatMap(allowed).filter(({ statement }) => statement.Condition === undefined);
    expect(open).toEqual([]);
    const invokers = ofType(made, 'AWS::Lambda::Permission');
    expect(invokers.filter(({ Properties }) => Properties.SourceArn === undefined)).toEqual([]);
  });

  it('give each function a role of its own, without an AWS managed policy', () => {
    const roles = ofType(made, 'AWS::Lambda::Function').map(
      (lambda) => `${lambda.stack}/${referenced(lambda.Properties.Role)}`,
    );
    expect(new Set(roles).size).toBe(roles.length);
    const managed = ofType(made, 'AWS::IAM::Role').filter(({ Properties }) => Properties.ManagedPolicyArns);
    expect(managed.map((role) => withoutHash(role.logicalId))).toEqual(AWS_MANAGED);
  });

  it('let only the bootstrap and functions that deploy, repair, delete or read into the cluster', () => {
    const entries = ofType(made, 'AWS::EKS::AccessEntry').map(rightsOf);
    expect(entries.sort()).toEqual([
      'BootstrapAccess: cluster admin',
      'CheckClusterAccess: gantry:deployers',
      'CollectClusterAccess: gantry:collectors',
      'EndedClusterAccess: gantry:deployers',
      'FinishClusterAccess: gantry:deployers',
      'ReconcileClusterAccess: gantry:deployers',
      'RehearseClusterAccess: gantry:deployers',
      'ReleaseCommandClusterAccess: gantry:deployers',
      'RemoveWorkloadsClusterAccess: gantry:removers',
      'RevertClusterAccess: gantry:deployers',
      'RolloutClusterAccess: gantry:deployers',
      'ShiftClusterAccess: gantry:deployers',
      'VerifyClusterAccess: gantry:deployers',
      'deploymentendFunctionClusterAccess: gantry:deployers',
      'execClusterAccess: gantry:readers',
      'execrunFunctionClusterAccess: gantry:executors',
      'healthlookFunctionClusterAccess: gantry:readers',
    ]);
  });

  it('give the role of all builds its log, its program and its order, and no data of any service', () => {
    const [project] = ofType(made, 'AWS::CodeBuild::Project');
    expect(withoutHash(referenced(project?.Properties.ServiceRole) ?? '')).toBe('Role');
    const [source, log] = ['Source.Location', 'LogsConfig.CloudWatchLogs.GroupName'].map(
      (path) => project && at(project, path),
    );
    expect(grantsOf('builds', 'Role')).toEqual([
      [
        'WriteLog',
        ['logs:CreateLogStream', 'logs:PutLogEvents'],
        { 'Fn::Join': ['', expect.arrayContaining([{ Ref: referenced(log) }, ':log-stream:dpl_*/*'])] },
      ],
      ['ReadBuilder', ['s3:GetObject', 's3:GetObjectVersion'], objectAt(source)],
      ['ClaimOrder', 'lambda:InvokeFunction', { 'Fn::GetAtt': [expect.stringMatching(/^Claim[0-9A-F]{8}$/), 'Arn'] }],
    ]);
  });

  it("let only the function that gives orders assume the role with the builds' access", () => {
    const access = ofType(made, 'AWS::IAM::Role').find(({ logicalId }) => withoutHash(logicalId) === 'Access');
    const claims = { 'Fn::GetAtt': [expect.stringMatching(/^ClaimRole[0-9A-F]{8}$/), 'Arn'] };
    expect(access && at(access, 'AssumeRolePolicyDocument.Statement')).toEqual([
      { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: claims } },
    ]);
    const takers = allowed('AWS::IAM::Policy').filter(({ statement }) => statement.Action === 'sts:AssumeRole');
    expect(takers.map(({ where }) => where)).toEqual([expect.stringMatching(/\/ClaimRoleDefaultPolicy\w+\/TakeRole$/)]);
  });

  it('let the function that receives deliveries from anybody read one secret and write to one queue', () => {
    const one = { 'Fn::ImportValue': expect.stringMatching(/^gantry-local-source:/) };
    expect(grantsOf('api', 'receiveRole')).toEqual([
      ['WriteOwnLog', ['logs:CreateLogStream', 'logs:PutLogEvents'], expect.anything()],
      ['ReadSecret', 'secretsmanager:GetSecretValue', one],
      ['SendMessages', 'sqs:SendMessage', one],
    ]);
  });

  it('open no port to everybody in our security groups', () => {
    for (const group of ofType(made, 'AWS::EC2::SecurityGroup')) {
      expect(group.Properties).not.toHaveProperty('SecurityGroupIngress');
    }
    expect(ofType(made, 'AWS::EC2::SecurityGroupIngress')).toEqual([]);
  });
});

/** The Sid, actions and resource of each statement of a stack's role. */
function grantsOf(topic: string, role: string) {
  return ofType(made, 'AWS::IAM::Policy')
    .filter(({ stack, Properties }) => stack === `gantry-local-${topic}` && ofRole(Properties.Roles, role))
    .flatMap((policy) => at(policy, 'PolicyDocument.Statement') as Statement[])
    .map(({ Sid, Action, Resource }) => [Sid, Action, Resource]);
}

const ofRole = (roles: unknown, role: string) =>
  [roles].flat().some((each) => withoutHash(referenced(each) ?? '') === role);

/** The ARN of the one object that a project's location, `<bucket>/<key>`, names. */
function objectAt(location: unknown): unknown {
  const { 'Fn::Join': join } = location as { readonly 'Fn::Join': readonly [string, readonly unknown[]] };
  return { 'Fn::Join': [join[0], ['arn:', { Ref: 'AWS::Partition' }, ':s3:::', ...join[1]]] };
}

/** A logical id without the hash that the CDK adds. */
const withoutHash = (logicalId: string) => logicalId.replace(/[0-9A-F]{8}$/, '');

function rightsOf(entry: Placed): string {
  const groups = [entry.Properties.KubernetesGroups ?? []].flat().join();
  const policies = JSON.stringify(entry.Properties.AccessPolicies ?? '').includes('AmazonEKSClusterAdminPolicy');
  return `${withoutHash(entry.logicalId)}: ${policies ? 'cluster admin' : groups}`;
}
