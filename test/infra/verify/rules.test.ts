import { describe, expect, it } from '@jest/globals';
import type { Accepted } from '../../../infra/verify/accepted.ts';
import { sortFindings } from '../../../infra/verify/findings.ts';
import { alarmFindings } from '../../../infra/verify/rules/alarms.ts';
import { LIMITS, limitFindings } from '../../../infra/verify/rules/limits.ts';
import { machineFindings } from '../../../infra/verify/rules/machines.ts';
import { policyFindings } from '../../../infra/verify/rules/policies.ts';
import { resourceFindings } from '../../../infra/verify/rules/resources.ts';
import type { Finding, Resource, Templates } from '../../../infra/verify/template.ts';

const planted = (resources: Readonly<Record<string, Resource>>): Templates =>
  new Map([['gantry-test-planted', { Resources: resources }]]);
const one = (Type: string, Properties: Resource['Properties'] = {}, rest: Partial<Resource> = {}) =>
  planted({ One: { Type, Properties, ...rest } });
const rulesOf = (findings: readonly Finding[]) => findings.map(({ rule, at }) => `${rule} ${at}`);
const policy = (type: string, statement: object, document = 'PolicyDocument') =>
  one(type, { [document]: { Statement: [{ Effect: 'Allow', Sid: 'Planted', ...statement }] } });

describe('a planted fault of a policy is found', () => {
  it.each([
    [
      'an action with a wildcard',
      policy('AWS::IAM::Policy', { Action: ['s3:Get*'], Resource: 'x' }),
      'wildcard-action',
    ],
    ['a grant on everything', policy('AWS::IAM::Policy', { Action: 's3:GetObject', Resource: '*' }), 'every-resource'],
    [
      'a queue to which anybody may send',
      policy('AWS::SQS::QueuePolicy', { Action: 'sqs:SendMessage', Principal: { AWS: '*' } }),
      'public-access',
    ],
    [
      'a service role without a condition on the account',
      policy('AWS::IAM::Role', { Principal: { Service: 'codebuild.amazonaws.com' } }, 'AssumeRolePolicyDocument'),
      'source-account',
    ],
  ])('%s', (_, templates, rule) => {
    expect(rulesOf(policyFindings(templates))).toEqual([`${rule} planted/One/Planted`]);
  });

  it('a function that a service may invoke for any account', () => {
    const permission = one('AWS::Lambda::Permission', { Principal: 'events.amazonaws.com' });
    expect(rulesOf(policyFindings(permission))).toEqual(['source-account planted/One']);
  });

  it('but not a valid policy', () => {
    const trust = {
      Principal: { Service: 'codebuild.amazonaws.com' },
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    };
    expect(policyFindings(policy('AWS::IAM::Role', trust, 'AssumeRolePolicyDocument'))).toEqual([]);
    expect(policyFindings(policy('AWS::IAM::Policy', { Action: 's3:GetObject', Resource: 'x' }))).toEqual([]);
    const denial = { Effect: 'Deny', Action: 's3:*', Principal: { AWS: '*' } };
    expect(policyFindings(policy('AWS::S3::BucketPolicy', denial))).toEqual([]);
  });
});

describe('a planted fault of a resource is found', () => {
  const kept = { DeletionPolicy: 'Retain' };
  const blocked = {
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
  };
  it.each<[string, Templates, string]>([
    [
      'a fixed name on a retained machine',
      one('AWS::StepFunctions::StateMachine', { StateMachineName: 'deploy' }, kept),
      'fixed-name',
    ],
    ['a fixed name on a secret', one('AWS::SecretsManager::Secret', { Name: 'app' }), 'fixed-name'],
    ['a retained rule, which holds no data', one('AWS::Events::Rule', {}, kept), 'left-behind'],
    ['a hard-coded partition', one('AWS::Events::Rule', { Arn: 'arn:aws:sqs:::x' }), 'partition'],
    ['a bucket that may be public', one('AWS::S3::Bucket', { BucketEncryption: {} }, kept), 'public-access'],
    ['a bucket that is not encrypted', one('AWS::S3::Bucket', blocked, kept), 'encryption'],
    ['a queue that is not encrypted', one('AWS::SQS::Queue'), 'encryption'],
    [
      'a port open to everybody',
      one('AWS::EC2::SecurityGroup', { SecurityGroupIngress: [{ CidrIp: '0.0.0.0/0' }] }),
      'public-access',
    ],
    ['a log without a retention time', one('AWS::Logs::LogGroup'), 'retention'],
    ['a table without recovery', one('AWS::DynamoDB::Table', {}, kept), 'retention'],
    ['a key that is deleted with its stack', one('AWS::KMS::Key'), 'retention'],
  ])('%s', (_, templates, rule) => {
    expect(rulesOf(resourceFindings(templates, true)).map((each) => each.split(' ')[0])).toContain(rule);
  });

  it('but a stage that keeps no data may delete a key, and may name a role from its operator', () => {
    const operators = 'arn:aws:iam::111122223333:role/Operators';
    expect(resourceFindings(one('AWS::KMS::Key'), false)).toEqual([]);
    expect(resourceFindings(one('AWS::EKS::AccessEntry', { PrincipalArn: operators }), true)).toEqual([]);
  });
});

describe('a template beyond a limit of AWS is found', () => {
  const many = (count: number, resource: Resource) =>
    planted(Object.fromEntries(Array.from({ length: count }, (_, index) => [`R${index}`, resource])));

  it.each<[string, Templates]>([
    ['resourcesOfATemplate', many(LIMITS.resourcesOfATemplate + 1, { Type: 'AWS::SNS::Topic' })],
    ['bytesOfATemplate', one('AWS::SNS::Topic', { DisplayName: 'x'.repeat(LIMITS.bytesOfATemplate) })],
    ['bytesOfAnEnvironment', one('AWS::Lambda::Function', { Environment: { Variables: { A: 'x'.repeat(5000) } } })],
    ['targetsOfARule', one('AWS::Events::Rule', { Targets: [1, 2, 3, 4, 5, 6] })],
    [
      'filtersOfALogGroup',
      many(3, { Type: 'AWS::Logs::SubscriptionFilter', Properties: { LogGroupName: { Ref: 'Log' } } }),
    ],
    ['bytesOfARolesPolicies', one('AWS::IAM::Policy', { Roles: ['r'], PolicyDocument: { A: 'x'.repeat(10_240) } })],
    [
      'bytesOfAFunctionsPolicy',
      many(60, { Type: 'AWS::Lambda::Permission', Properties: { FunctionName: 'f', SourceArn: 'a' } }),
    ],
    ['routesOfAnApi', many(301, { Type: 'AWS::ApiGatewayV2::Route', Properties: { ApiId: 'a' } })],
  ])('%s', (limit, templates) => {
    expect(limitFindings(templates).map(({ what }) => what.split(' ')[0])).toContain(limit);
  });
});

describe('a machine', () => {
  it('with a next state that does not exist is found', () => {
    const DefinitionString = JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Pass', Next: 'B' } } });
    const found = machineFindings(one('AWS::StepFunctions::StateMachine', { DefinitionString }));
    expect(rulesOf(found)).toContain('asl planted/One');
  });
});

describe('a resource that can fail and has no alarm', () => {
  it('is found: a table, a function whose failures are not counted, a dead-letter queue that nobody checks', () => {
    const templates = planted({
      Table: { Type: 'AWS::DynamoDB::Table' },
      Function: { Type: 'AWS::Lambda::Function', Properties: { LoggingConfig: { LogGroup: { Ref: 'Log' } } } },
      Letters: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'letters' } },
    });
    expect(rulesOf(alarmFindings(templates))).toEqual(
      expect.arrayContaining(['alarm AWS::DynamoDB::Table', 'alarm planted/Function', 'alarm planted/Letters']),
    );
  });
});

describe('the list of accepted findings', () => {
  const finding = { rule: 'fixed-name', at: 'a/B', what: 'x' };
  const list: readonly Accepted[] = [{ rule: 'fixed-name', at: /^a\//, reason: 'because' }];

  it('explains a finding by rule and place, and no other finding', () => {
    expect(sortFindings([finding, { ...finding, at: 'b/B' }, { ...finding, rule: 'asl' }], list)).toMatchObject({
      accepted: [{ finding }],
      unexplained: [{ at: 'b/B' }, { rule: 'asl' }],
    });
  });
});
