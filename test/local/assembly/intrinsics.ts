import { describe, expect, it } from '@jest/globals';
import { hole, resolved } from './fixture.ts';

describe('intrinsics', () => {
  it.each([
    [{ 'Fn::Join': ['-', ['a', { Ref: 'AWS::Region' }, { Ref: 'AWS::AccountId' }]] }, 'a-xx-local-1-000000000000'],
    [
      { 'Fn::Sub': `${hole('AWS::StackName')}/${hole('!Literal')}/${hole('AWS::Partition')}` },
      `s/${hole('Literal')}/aws`,
    ],
    [
      { 'Fn::Sub': [`${hole('x')}-${hole('Other.Url')}`, { x: { Ref: 'AWS::URLSuffix' } }] },
      'amazonaws.com-https://abc.execute-api.xx-local-1.amazonaws.com',
    ],
    [{ 'Fn::Select': ['1', { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
    [{ 'Fn::Select': [0, { 'Fn::GetAZs': '' }] }, 'xx-local-1a'],
    [{ 'Fn::Base64': 'hi' }, 'aGk='],
    [{ 'Fn::FindInMap': ['M', { Ref: 'AWS::Region' }, 'k'] }, 'mapped'],
    [{ 'Fn::If': ['Yes', 'then', 'else'] }, 'then'],
    [{ 'Fn::If': ['No', 'then', { 'Fn::If': ['Yes', { Ref: 'P' }, 'x'] }] }, 'default'],
    [{ 'Fn::If': ['Both', 1, 2] }, 2],
    [{ 'Fn::If': ['Either', 1, 2] }, 1],
    [{ Ref: 'Given' }, 'from the local cloud'],
    [{ Ref: 'Csv' }, ['a', 'b']],
    [{ a: { Ref: 'AWS::NoValue' }, b: [1, { Ref: 'AWS::NoValue' }] }, { b: [1] }],
    [{ Ref: 'Other' }, expect.stringMatching(/^s-Other-[0-9A-F]{12}$/)],
    [{ 'Fn::GetAtt': ['Other', 'Url'] }, 'http://127.0.0.1:1/'],
    [
      { 'Fn::Join': ['', ['wss://abc.execute-api.', { Ref: 'AWS::Region' }, '.amazonaws.com/live']] },
      'http://127.0.0.1:1/live',
    ],
    ['https://cognito-idp.xx-local-1.amazonaws.com/pool', 'https://cognito-idp.xx-local-1.amazonaws.com/pool'],
  ])('resolve %j', async (value, expected) => {
    const template = {
      Parameters: {
        P: { Type: 'String', Default: 'default' },
        Given: { Type: 'String', Default: 'else' },
        Csv: { Type: 'CommaDelimitedList', Default: 'a,b' },
      },
      Mappings: { M: { 'xx-local-1': { k: 'mapped' } } },
      Conditions: {
        Yes: { 'Fn::Equals': [{ Ref: 'P' }, 'default'] },
        No: { 'Fn::Not': [{ Condition: 'Yes' }] },
        Both: { 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] },
        Either: { 'Fn::Or': [{ Condition: 'Yes' }, { Condition: 'No' }] },
      },
    };
    expect(await resolved(value, template)).toEqual(expected);
  });

  it.each([
    [{ Ref: 'Nothing' }, 's has no parameter and no resource Nothing'],
    [{ 'Fn::GetAtt': ['Other', 'Nothing'] }, 'attribute Nothing of s/Other is not emulated'],
    [{ 'Fn::ImportValue': 'nothing' }, 'no stack before s exports nothing'],
    [{ 'Fn::Cidr': ['10.0.0.0/8', 1, 8] }, 'local cloud: Fn::Cidr (s/T) is not emulated'],
    ['{{resolve:ssm:/x}}', 'local cloud: dynamic reference {{resolve:ssm:/x}} (s/T) is not emulated'],
  ])('that cannot be resolved are named: %j', async (value, message) => {
    await expect(resolved(value)).rejects.toThrow(message);
  });
});
