import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { describe, expect, it } from '@jest/globals';
import { changesOf, heldExports } from '../../../infra/ops/changes.ts';
import { type DeployedTemplate, deletionOrder } from '../../../infra/ops/stacks.ts';

const data = (name: string): DeployedTemplate => ({
  Resources: { Table: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: name } } },
  Outputs: { Out: { Export: { Name: 'table' } } },
});
const user: DeployedTemplate = {
  Resources: { Function: { Type: 'AWS::Lambda::Function', Properties: { Table: { 'Fn::ImportValue': 'table' } } } },
};
const none: DeployedTemplate = { Resources: {} };
const stacks = (given: Readonly<Record<string, DeployedTemplate>>) => new Map(Object.entries(given));

describe('an upgrade is refused', () => {
  it('if it would replace or remove a resource with data', () => {
    const loses = (after: DeployedTemplate) =>
      changesOf(stacks({ data: data('a') }), stacks({ data: after })).map((change) => change.loses);
    expect(loses(data('b'))).toEqual(['TableName cannot change: CloudFormation would replace it with an empty one']);
    expect(loses(none)).toEqual(['it would be removed with its data']);
  });

  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
  it('if a stack would lose an export that another deployed stack still imports', () => {
    const before = stacks({ data: data('a'), user });
    expect(heldExports(before, stacks({ data: none, user: none }))).toEqual([
      {
        what: 'data no longer exports table, but the deployed user still imports it',
        by: 'user',
        isPrecious: false,
      },
    ]);
    expect(heldExports(before, stacks({ data: data('a'), user: none }))).toEqual([]);
  });
});

describe('stacks are deleted', () => {
  it("each before the stacks whose exports it imports, and those in CloudFront's region last", () => {
    const stack = (name: string, template: DeployedTemplate, region = 'eu-central-1') => ({
      cloudFormation: new CloudFormationClient({ region }),
      region,
      name,
      topic: name,
      status: 'CREATE_COMPLETE',
      reason: undefined,
      outputs: {},
      isProtected: false,
      template,
    });
    const all = [stack('firewall', none, 'us-east-1'), stack('data', data('a')), stack('user', user)];
    expect(deletionOrder(all, 'eu-central-1').map(({ name }) => name)).toEqual(['user', 'data', 'firewall']);
  });
});
