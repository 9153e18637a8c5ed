import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readAssembly } from '../../../local/assembly/read.ts';
import { declare, hole, thing, write } from './fixture.ts';

describe('an assembly', () => {
  it('is declared in order of its references, across stacks by their exports', async () => {
    const { declared, outputs } = await declare({
      first: {
        Resources: {
          C: thing({ Value: { Ref: 'B' } }),
          B: thing({}, { DependsOn: 'A' }),
          A: thing({ List: [{ 'Fn::Sub': `x${hole('AWS::Region')}` }] }),
          Never: thing({}, { Condition: 'No' }),
        },
        Conditions: { No: { 'Fn::Equals': ['a', 'b'] } },
        Outputs: { Url: { Value: { 'Fn::GetAtt': ['A', 'Url'] }, Export: { Name: 'first:Url' } } },
      },
      second: { Resources: { D: thing({ Value: { 'Fn::Join': ['', [{ 'Fn::ImportValue': 'first:Url' }, '/v1']] } }) } },
    });
    expect(declared.map(([id]) => id)).toEqual(['A', 'B', 'C', 'D']);
    expect(declared.at(-1)?.[1]).toEqual({ Value: 'http://127.0.0.1:1/v1' });
    expect(outputs).toEqual({ first: { Url: 'http://127.0.0.1:1/' } });
  });

  it('with parts that are not emulated is refused before it is declared, listing each by name and place', async () => {
    const world = declare({
      s: {
        Transform: 'AWS::Serverless',
        Resources: {
          A: thing({ Value: 1, Colour: 'red', Deep: { Used: 1, Inert: 1, Other: 1 } }),
          B: { Type: 'AWS::Foo::Bar', Properties: {} },
          C: thing({ Note: 'x' }, { CreationPolicy: {} }),
          D: thing({ 'Fn::If': ['Yes', { Shape: 1 }, { Size: 1 }] }),
        },
        Conditions: { Yes: { 'Fn::Equals': ['a', 'a'] } },
      },
    });
    await expect(world).rejects.toMatchObject({
      problems: [
        'local cloud: template section Transform (s) is not emulated',
        'local cloud: property Colour of Test::Thing (s/A) is not emulated',
        'local cloud: property Deep.Other of Test::Thing (s/A) is not emulated',
        'local cloud: AWS::Foo::Bar (s/B) is not emulated',
        'local cloud: attribute CreationPolicy (s/C) is not emulated',
        'local cloud: property Shape of Test::Thing (s/D) is not emulated',
      ],
    });
  });

  it('with a circle is refused, naming its members', async () => {
    const circle = { A: thing({ Value: { Ref: 'B' } }), B: thing({}, { DependsOn: ['A'] }) };
    await expect(declare({ s: { Resources: circle } })).rejects.toThrow(
      's: these refer to each other in a circle: A → B → A',
    );
  });

  it("finds a template's asset by bucket and key", () => {
    const folder = write(
      {},
      {
        abc: {
          source: { path: 'asset.abc', packaging: 'zip' },
          destinations: {
            d: { bucketName: `assets-${hole('AWS::AccountId')}-${hole('AWS::Region')}`, objectKey: 'abc.zip' },
          },
        },
      },
    );
    mkdirSync(join(folder, 'asset.abc'));
    const { assets } = readAssembly(folder);
    expect(assets.path('assets-000000000000-xx-local-1', 'abc.zip')).toBe(join(folder, 'asset.abc'));
    expect(assets.path('assets-000000000000-xx-local-1', 'other.zip')).toBeUndefined();
  });

  it('that cannot be read is refused with the file and the reason', () => {
    const folder = write({});
    writeFileSync(join(folder, 'manifest.json'), '{');
    expect(() => readAssembly(folder)).toThrow(`${folder}/manifest.json`);
  });

  it('puts its roles and policies into force', async () => {
    const trust = {
      Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }],
    };
    const grant = (Action: string) => ({ Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });
    const { kernel, outputs } = await declare({
      s: {
        Resources: {
          Role: {
            Type: 'AWS::IAM::Role',
            Properties: {
              AssumeRolePolicyDocument: trust,
              ManagedPolicyArns: [
                { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/AdministratorAccess']] },
                { Ref: 'Managed' },
              ],
              Policies: [{ PolicyName: 'inline', PolicyDocument: grant('a:One') }],
            },
          },
          Policy: {
            Type: 'AWS::IAM::Policy',
            Properties: { PolicyName: 'p', PolicyDocument: grant('a:Two'), Roles: [{ Ref: 'Role' }] },
          },
          Managed: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: grant('a:Three') } },
        },
        Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
      },
    });
    const role = kernel.iam.assume(outputs.s?.Arn ?? '', 'lambda.amazonaws.com', 'x');
    for (const action of ['a:One', 'a:Two', 'a:Three']) kernel.iam.require(role, { action, resource: '*' });
    expect(() => kernel.iam.require(role, { action: 'a:Four', resource: '*' })).toThrow('a:Four');
    expect([...kernel.iam.usage()]).toEqual([
      ['s/Managed/0', 1],
      ['s/Policy/0', 1],
      ['s/Role/inline/0', 1],
      ['s/Role/trust/0', 1],
    ]);
  });
});
