import { beforeAll, describe, expect, it } from '@jest/globals';
import { assembled, at, type Made, ofType, type Placed, referenced } from './synthesis.ts';

interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** Statements on every resource, by Sid, each with the reason why AWS has no narrower one. */
const EVERY_RESOURCE: Readonly<Record<string, string>> = {
  RegistryToken: "ecr:GetAuthorizationToken is for the account's registry as a whole",
};

/** Roles that AWS's own services take, with the policies that AWS keeps for them. */
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

  it('name every resource, save where AWS has no narrower one', () => {
    const open = allowed('AWS::IAM::Policy').filter(({ statement }) => [statement.Resource].flat().includes('*'));
    expect(open.map(({ statement }) => statement.Sid)).toEqual(Object.keys(EVERY_RESOURCE));
  });

  it('say by a Sid what each grant is for, once in a policy', () => {
    const all = statements('AWS::IAM::Policy').map(({ where }) => where);
    expect(all.filter((where) => where.endsWith('/undefined'))).toEqual([]);
    expect(new Set(all).size).toBe(all.length);
  });

  it('let other services in only for our own resources', () => {
    const open = resourcePolicies.flatMap(allowed).filter(({ statement }) => statement.Condition === undefined);
    expect(open).toEqual([]);
    const invokers = ofType(made, 'AWS::Lambda::Permission');
    expect(invokers.filter(({ Properties }) => Properties.SourceArn === undefined)).toEqual([]);
  });

  it('give each function a role of its own, without a policy of AWS', () => {
    const roles = ofType(made, 'AWS::Lambda::Function').map(
      (lambda) => `${lambda.stack}/${referenced(lambda.Properties.Role)}`,
    );
    expect(new Set(roles).size).toBe(roles.length);
    const managed = ofType(made, 'AWS::IAM::Role').filter(({ Properties }) => Properties.ManagedPolicyArns);
    expect(managed.map((role) => withoutHash(role.logicalId))).toEqual(AWS_MANAGED);
  });

  it('let into the cluster only what deploys, repairs or deletes, and the bootstrap', () => {
    const entries = ofType(made, 'AWS::EKS::AccessEntry').map(rightsOf);
    expect(entries.sort()).toEqual([
      'BootstrapAccess: cluster admin',
      'CheckClusterAccess: gantry:deployers',
      'EndedClusterAccess: gantry:deployers',
      'FinishClusterAccess: gantry:deployers',
      'ReconcileClusterAccess: gantry:deployers',
      'ReleaseCommandClusterAccess: gantry:deployers',
      'RemoveWorkloadsClusterAccess: gantry:removers',
      'RevertClusterAccess: gantry:deployers',
      'RolloutClusterAccess: gantry:deployers',
      'ShiftClusterAccess: gantry:deployers',
      'VerifyClusterAccess: gantry:deployers',
      'deploymentendFunctionClusterAccess: gantry:deployers',
    ]);
  });

  it('open no port to anybody by a security group of ours', () => {
    for (const group of ofType(made, 'AWS::EC2::SecurityGroup')) {
      expect(group.Properties).not.toHaveProperty('SecurityGroupIngress');
    }
    expect(ofType(made, 'AWS::EC2::SecurityGroupIngress')).toEqual([]);
  });
});

/** A logical id as people wrote it. */
const withoutHash = (logicalId: string) => logicalId.replace(/[0-9A-F]{8}$/, '');

function rightsOf(entry: Placed): string {
  const groups = [entry.Properties.KubernetesGroups ?? []].flat().join();
  const policies = JSON.stringify(entry.Properties.AccessPolicies ?? '').includes('AmazonEKSClusterAdminPolicy');
  return `${withoutHash(entry.logicalId)}: ${policies ? 'cluster admin' : groups}`;
}
