import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createIam } from '../../../local/iam/iam.ts';
import { matchesArn, matchesPattern } from '../../../local/iam/pattern.ts';
import type { Iam, PolicyStatement, Principal } from '../../../local/kernel/iam.ts';

const ARN = 'arn:aws:iam::000000000000:role/app';
const QUEUE = 'arn:aws:sqs:xx-local-1:000000000000:jobs';
const role: Principal = { kind: 'role', arn: ARN, session: 's' };
const events: Principal = {
  kind: 'service',
  name: 'events.amazonaws.com',
  sourceArn: 'arn:aws:events:xx-local-1:000000000000:rule/a',
};
const allow = (more: Partial<PolicyStatement> = {}): PolicyStatement => ({
  Effect: 'Allow',
  Action: 'sqs:SendMessage',
  Resource: QUEUE,
  ...more,
});
const deny = (more: Partial<PolicyStatement> = {}): PolicyStatement => allow({ Effect: 'Deny', ...more });

function withPolicies(identity: readonly PolicyStatement[], resource: readonly PolicyStatement[] = []): Iam {
  const iam = createIam();
  iam.attach([ARN], { Statement: identity }, 'stack/Policy');
  if (resource.length > 0) iam.protect(QUEUE, { Statement: resource }, 'stack/QueuePolicy');
  return iam;
}

function decision(iam: Iam, principal: Principal, context: Record<string, string | readonly string[]> = {}): string {
  try {
    iam.require(principal, { action: 'sqs:SendMessage', resource: QUEUE, context });
    return 'allowed';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('a pattern', () => {
  const glyph = fc.constantFrom('a', 'b', '*', '?', ':', '.', '(');
  const word = (unit: fc.Arbitrary<string>) => fc.string({ unit, maxLength: 12 });

  it('matches what the same regular expression matches', () => {
    fc.assert(
      fc.property(word(glyph), word(fc.constantFrom('a', 'b', ':', '.', '(')), (pattern, text) => {
        const escaped = pattern
          .replace(/[.():]/g, '\\$&')
          .replace(/\*/g, '.*')
          .replace(/\?/g, '.');
        expect(matchesPattern(pattern, text)).toBe(new RegExp(`^${escaped}$`).test(text));
      }),
    );
  });

  it('matches itself, and anything in place of its star', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (head, middle, tail) => {
        const plain = (text: string) => text.replace(/[*?]/g, '');
        expect(matchesPattern(`${plain(head)}*${plain(tail)}`, plain(head) + middle + plain(tail))).toBe(true);
      }),
    );
  });

  it('answers at once where a naive matcher would not end', () => {
    expect(matchesPattern(`${'*a'.repeat(50)}b`, 'a'.repeat(5000))).toBe(false);
  });

  it('keeps a wildcard within its part of an ARN', () => {
    expect(matchesArn('arn:aws:sqs:*:000000000000:jobs', QUEUE)).toBe(true);
    expect(matchesArn('arn:aws:sqs:*:jobs', QUEUE)).toBe(false);
    expect(matchesArn('arn:aws:sqs:*:*:j?bs', QUEUE)).toBe(true);
    expect(
      matchesArn('arn:aws:logs:*:*:log-group:*', 'arn:aws:logs:xx-local-1:000000000000:log-group:a:log-stream:b'),
    ).toBe(true);
  });
});

describe('a decision', () => {
  it('is Deny when any statement denies, else Allow when any allows', () => {
    const statement = fc.record({
      Effect: fc.constantFrom('Allow' as const, 'Deny' as const),
      Action: fc.constantFrom('sqs:SendMessage', 'sqs:*', 'SQS:send*', 'sqs:DeleteMessage', '*'),
      Resource: fc.constantFrom(QUEUE, '*', `${QUEUE}-dead`, 'arn:aws:sqs:*:*:jo?s'),
    });
    fc.assert(
      fc.property(fc.array(statement), fc.array(statement), (identity, resource) => {
        const applies = (each: PolicyStatement) =>
          each.Action !== 'sqs:DeleteMessage' && each.Resource !== `${QUEUE}-dead`;
        const named = resource.map((each) => ({ ...each, Principal: { AWS: ARN } }));
        const applying = [...identity, ...resource].filter(applies);
        const expected = applying.length > 0 && applying.every(({ Effect }) => Effect === 'Allow');
        expect(decision(withPolicies(identity, named), role) === 'allowed').toBe(expected);
      }),
    );
  });

  it("is explained in AWS's words when it denies", () => {
    const who =
      'User: arn:aws:sts::000000000000:assumed-role/app/s is not authorized to perform: sqs:SendMessage on resource: ';
    expect(decision(withPolicies([]), role)).toBe(
      `${who}${QUEUE} because no identity-based policy allows the sqs:SendMessage action`,
    );
    expect(decision(withPolicies([allow(), deny()]), role)).toBe(
      `${who}${QUEUE} with an explicit deny in an identity-based policy`,
    );
    expect(decision(withPolicies([allow()], [deny({ Principal: '*' })]), role)).toBe(
      `${who}${QUEUE} with an explicit deny in a resource-based policy`,
    );
  });

  it("for a service needs only the resource's policy, for the named source", () => {
    const named = (source: string) =>
      allow({ Principal: { Service: 'events.amazonaws.com' }, Condition: { ArnEquals: { 'aws:SourceArn': source } } });
    expect(decision(withPolicies([allow()]), events)).toMatch(
      /^Service: events.amazonaws.com .* no resource-based policy/,
    );
    expect(decision(withPolicies([], [named('arn:aws:events:xx-local-1:000000000000:rule/a')]), events)).toBe(
      'allowed',
    );
    expect(decision(withPolicies([], [named('arn:aws:events:xx-local-1:000000000000:rule/b')]), events)).toMatch(
      /not authorized/,
    );
  });

  it('does not take the account as a principal for an allow, but does for a deny', () => {
    const root = { AWS: 'arn:aws:iam::000000000000:root' };
    expect(decision(withPolicies([], [allow({ Principal: root })]), role)).toMatch(/no identity-based policy/);
    expect(decision(withPolicies([allow()], [deny({ Principal: root })]), role)).toMatch(/explicit deny/);
  });

  it('allows the operator everything', () => {
    expect(decision(createIam(), { kind: 'operator' })).toBe('allowed');
  });

  it.each([
    ['Bool', 'aws:SecureTransport', 'true', {}, true],
    ['Bool', 'aws:SecureTransport', 'false', {}, false],
    ['StringEquals', 'ecr:tag', 'a', {}, false],
    ['StringEqualsIfExists', 'ecr:tag', 'a', {}, true],
    ['StringEqualsIfExists', 'ecr:tag', 'a', { 'ecr:tag': 'b' }, false],
    ['StringNotEquals', 'ecr:tag', 'a', {}, true],
    ['StringNotEquals', 'ecr:tag', 'a', { 'ecr:tag': 'a' }, false],
    ['StringEqualsIgnoreCase', 'ecr:TAG', 'A', { 'ecr:tag': 'a' }, true],
    ['StringLike', 'ecr:tag', 'v?.*', { 'ecr:tag': 'v1.2' }, true],
    ['ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/a*', {}, true],
    ['NumericLessThan', 's3:max-keys', '10', { 's3:max-keys': '9' }, true],
    ['ForAllValues:StringEquals', 'dynamodb:Attributes', 'a', { 'dynamodb:Attributes': ['a', 'b'] }, false],
    ['ForAnyValue:StringEquals', 'dynamodb:Attributes', 'a', { 'dynamodb:Attributes': ['a', 'b'] }, true],
    ['ForAllValues:StringEquals', 'dynamodb:Attributes', 'a', {}, true],
    ['ForAnyValue:StringEquals', 'dynamodb:Attributes', 'a', {}, false],
    ['Null', 'ecr:tag', 'true', {}, true],
  ])('on %s of %s against %s with %j: %s', (operator, key, value, context, expected) => {
    const iam = withPolicies([allow({ Condition: { [operator]: { [key]: value } } })]);
    expect(decision(iam, role, context) === 'allowed').toBe(expected);
  });
});

describe('a policy', () => {
  it.each([
    [
      'an operator',
      { Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } },
      'condition operator IpAddress of stack/Policy/0',
    ],
    ['a key', { Condition: { StringEquals: { plain: 'x' } } }, 'condition key plain of stack/Policy/0'],
    ['a variable', { Resource: `${QUEUE}/\${aws:username}` }, 'policy variable in'],
    ['an element', { NotPrincipal: '*' }, 'policy element NotPrincipal of stack/Policy/0'],
  ])('with %s, which is not emulated, is refused by name when declared', (_what, more, message) => {
    expect(() => withPolicies([allow(more as Partial<PolicyStatement>)])).toThrow(message);
  });

  it('counts the calls of each statement, and has no effect while suspended', () => {
    const iam = withPolicies([deny({ Action: 'sqs:Purge*' }), allow(), allow({ Action: 'sqs:*' })]);
    decision(iam, role);
    decision(iam, role);
    expect([...iam.usage()]).toEqual([
      ['stack/Policy/1', 2],
      ['stack/Policy/2', 0],
    ]);
    iam.suspend('stack/Policy/1', true);
    decision(iam, role);
    expect(iam.usage().get('stack/Policy/2')).toBe(1);
    iam.suspend('stack/Policy/1', false);
    decision(iam, role);
    expect(iam.usage().get('stack/Policy/1')).toBe(3);
    expect(() => iam.suspend('stack/Policy/9', true)).toThrow('stack/Policy/9');
  });

  it('is recorded as missing for the calls that it would have allowed, and for no other', () => {
    const iam = withPolicies([allow()], [allow({ Principal: { Service: 'events.amazonaws.com' } })]);
    iam.suspend('stack/QueuePolicy/0', true);
    expect(decision(iam, role)).toBe('allowed');
    expect([...iam.missed()]).toEqual([]);
    expect(decision(iam, events)).toContain('is not authorized to perform');
    expect([...iam.missed()]).toEqual([['stack/QueuePolicy/0', 1]]);
    iam.suspend('stack/QueuePolicy/0', false);
    expect(decision(iam, events)).toBe('allowed');
    expect(iam.missed().get('stack/QueuePolicy/0')).toBe(1);
  });
});

describe('a role', () => {
  it('can be assumed by the services in its trust policy, and by no other', () => {
    const iam = createIam();
    const trust = allow({ Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } });
    iam.declareRole(ARN, { Statement: [{ ...trust, Resource: '*' }] }, 'stack/Role');
    expect(iam.assume(ARN, 'lambda.amazonaws.com', 'f')).toEqual({ kind: 'role', arn: ARN, session: 'f' });
    expect(() => iam.assume(ARN, 'codebuild.amazonaws.com', 'b')).toThrow('not authorized to perform: sts:AssumeRole');
    expect(() => iam.assume(`${ARN}2`, 'lambda.amazonaws.com', 'f')).toThrow('cannot be found');
  });
});
