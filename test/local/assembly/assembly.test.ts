import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createCustomResources } from '../../../local/assembly/custom.ts';
import { declareAssembly, type Outputs } from '../../../local/assembly/declare.ts';
import { createInertTypes } from '../../../local/assembly/inert.ts';
import { readAssembly } from '../../../local/assembly/read.ts';
import { createIamTypes } from '../../../local/iam/types.ts';
import type { Kernel } from '../../../local/kernel/kernel.ts';
import type { Invocation } from '../../../local/kernel/ports.ts';
import type { Room } from '../../../local/kernel/resource.ts';
import { type Bench, bench } from '../support.ts';

interface World {
  readonly outputs: Outputs;
  /** What each resource of type `Test::Thing` was declared with, in order. */
  readonly declared: readonly (readonly [string, Readonly<Record<string, unknown>>])[];
  readonly invoked: readonly Readonly<Record<string, unknown>>[];
  readonly kernel: Kernel;
}

type Answer = (event: { readonly ResponseURL: string; readonly RequestType: string }) => Promise<Invocation>;
type Stacks = Readonly<Record<string, object>>;

const folders: string[] = [];
const benches: Bench[] = [];
afterEach(async () => {
  for (const each of benches.splice(0)) await each.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Writes an assembly whose stacks depend on those before them. */
function write(stacks: Stacks, assets: object = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-assembly-'));
  folders.push(folder);
  const names = Object.keys(stacks);
  const artifacts: Record<string, object> = {
    assets: { type: 'cdk:asset-manifest', properties: { file: 'a.assets.json' } },
  };
  // In the manifest the last stack comes first: the order is the dependencies', not the file's.
  for (const [index, name] of [...names.entries()].reverse()) {
    const properties = { templateFile: `${name}.json` };
    artifacts[name] = {
      type: 'aws:cloudformation:stack',
      properties,
      dependencies: ['assets', ...names.slice(0, index)],
    };
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(stacks[name]));
  }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ artifacts }));
  writeFileSync(join(folder, 'a.assets.json'), JSON.stringify({ files: assets }));
  return folder;
}

const succeed: Answer = async ({ ResponseURL }) => {
  const body = { Status: 'SUCCESS', PhysicalResourceId: 'made', Data: { Color: 'red' } };
  await fetch(ResponseURL, { method: 'PUT', body: JSON.stringify(body) });
  return { ok: true, payload: null, logTail: '' };
};

async function declare(stacks: Stacks, answer: Answer = succeed, bench_?: Bench): Promise<World> {
  const declared: [string, Readonly<Record<string, unknown>>][] = [];
  const invoked: Record<string, unknown>[] = [];
  const things: Room = {
    resources: [
      {
        type: 'Test::Thing',
        uses: ['Value', 'List', 'Deep.Used'],
        inert: { Note: 'a text', 'Deep.Inert': 'of no effect' },
        declare(properties, place) {
          declared.push([place.logicalId, properties]);
          return { ref: place.name(40), attributes: { Url: 'https://abc.execute-api.xx-local-1.amazonaws.com' } };
        },
      },
    ],
    address: (url) => (url.hostname.startsWith('abc.execute-api') ? `http://127.0.0.1:1${url.pathname}` : undefined),
  };
  let custom: ReturnType<typeof createCustomResources> | undefined;
  const make = (kernel: Kernel) => {
    custom = createCustomResources(kernel, {
      invoke(_arn, event) {
        invoked.push(event as Record<string, unknown>);
        return answer(event as never);
      },
    });
    return [custom.room];
  };
  const local = bench_ ?? (await bench(make));
  if (bench_ === undefined) benches.push(local);
  else make(local.kernel);
  if (custom === undefined) throw new Error('no custom resources');
  const rooms = [things, createInertTypes(), createIamTypes(local.kernel.iam)];
  const outputs = await declareAssembly(readAssembly(write(stacks)), {
    kernel: local.kernel,
    rooms,
    custom,
    parameters: { Given: 'from the local cloud' },
    start: async () => undefined,
  });
  return { outputs, declared, invoked, kernel: local.kernel };
}

/** `${name}`, as a template has it for CloudFormation to fill in. */
const hole = (name: string) => `\${${name}}`;

const thing = (properties: object, more: object = {}) => ({ Type: 'Test::Thing', Properties: properties, ...more });

async function resolved(value: unknown, template: object = {}): Promise<unknown> {
  const { declared } = await declare({
    s: { ...template, Resources: { Other: thing({}), T: thing({ Value: value }) } },
  });
  return declared.find(([id]) => id === 'T')?.[1].Value;
}

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
  ])('name what %j asks for in vain', async (value, message) => {
    await expect(resolved(value)).rejects.toThrow(message);
  });
});

describe('an assembly', () => {
  it('is declared in the order of its references, across stacks by exports', async () => {
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

  it('is refused with everything that is not emulated, each by its name and place, before anything is declared', async () => {
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

  it('names the members of a circle', async () => {
    const circle = { A: thing({ Value: { Ref: 'B' } }), B: thing({}, { DependsOn: ['A'] }) };
    await expect(declare({ s: { Resources: circle } })).rejects.toThrow(
      's: these refer to each other in a circle: A → B → A',
    );
  });

  it('finds an asset by the bucket and key of its template', () => {
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

  it('that cannot be read says which file and why', () => {
    const folder = write({});
    writeFileSync(join(folder, 'manifest.json'), '{');
    expect(() => readAssembly(folder)).toThrow(`${folder}/manifest.json`);
  });

  it('puts its roles and policies in force', async () => {
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

describe('a custom resource', () => {
  const template = (size: number) => ({
    s: {
      Resources: {
        Custom: { Type: 'Custom::Objects', Properties: { ServiceToken: 'arn:f', Size: size, ServiceTimeout: 3 } },
        After: thing({}, { DependsOn: 'Custom' }),
      },
      Outputs: { Color: { Value: { 'Fn::GetAtt': ['Custom', 'Color'] } }, Ref: { Value: { Ref: 'Custom' } } },
    },
  });

  it('is created once, updated when its properties change, and left alone when they do not', async () => {
    const first = await declare(template(1));
    expect(first.outputs.s).toEqual({ Color: 'red', Ref: 'made' });
    expect(first.invoked).toMatchObject([
      {
        RequestType: 'Create',
        ResourceType: 'Custom::Objects',
        LogicalResourceId: 'Custom',
        ResourceProperties: { Size: '1' },
      },
    ]);
    const [local] = benches;
    const again = await declare(template(1), succeed, local);
    expect([again.invoked, again.outputs.s]).toEqual([[], { Color: 'red', Ref: 'made' }]);
  });

  it.each<[string, Answer, string]>([
    [
      'answers FAILED',
      async ({ ResponseURL }) => {
        await fetch(ResponseURL, { method: 'PUT', body: JSON.stringify({ Status: 'FAILED', Reason: 'no room' }) });
        return { ok: true, payload: null, logTail: '' };
      },
      's/Custom (Custom::Objects): its function answered FAILED: no room',
    ],
    [
      'throws',
      async () => ({ ok: false, errorType: 'TypeError', errorMessage: 'x is undefined', logTail: '' }),
      'its function failed: TypeError: x is undefined',
    ],
    ['ends without an answer', async () => ({ ok: true, payload: null, logTail: '' }), 'without answering'],
    ['never ends', () => new Promise(() => undefined), 'no answer within 3 s'],
  ])('whose function %s fails the start and says so', async (_what, answer, message) => {
    await expect(declare(template(1), answer)).rejects.toThrow(message);
  });

  it('is answered at an address that works once, for whoever was given it', async () => {
    let statuses: Promise<readonly number[]> | undefined;
    const answerFourTimes = async (url: string) => {
      const put = async (to: string, body: string) => (await fetch(to, { method: 'PUT', body })).status;
      const body = JSON.stringify({ Status: 'SUCCESS', PhysicalResourceId: 'x', Data: { Color: 'blue' } });
      return [await put(`${url}0`, body), await put(url, 'nonsense'), await put(url, body), await put(url, body)];
    };
    await declare(template(1), async ({ ResponseURL }) => {
      statuses = answerFourTimes(ResponseURL);
      await statuses;
      return { ok: true, payload: null, logTail: '' };
    });
    expect(await statuses).toEqual([403, 400, 200, 403]);
  });

  it('gives its values to outputs and refuses to give them to other resources', async () => {
    const { s } = template(1);
    const taker = thing({ Value: { Ref: 'Custom' } });
    await expect(declare({ s: { ...s, Resources: { ...s.Resources, Taker: taker } } })).rejects.toThrow(
      's/Taker (Test::Thing) takes a value from a custom resource',
    );
  });
});
