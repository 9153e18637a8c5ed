import type { Iam, PolicyDocument } from '../kernel/iam.ts';
import { ACCOUNT } from '../kernel/kernel.ts';
import type { ResourceType, Room } from '../kernel/resource.ts';

/** Roles and policies of the template. Policies that AWS itself publishes (`arn:aws:iam::aws:policy/…`) grant nothing here. */
export function createIamTypes(iam: Iam): Room {
  const declared: DeclaredPolicies = { arns: new Map(), managed: new Map() };
  return { resources: [role(iam, declared), policy(iam, declared), managedPolicy(iam, declared)] };
}

interface NamedPolicy {
  readonly PolicyName: string;
  readonly PolicyDocument: PolicyDocument;
}

interface DeclaredPolicies {
  /** The ARNs of roles by the names that policies use. */
  readonly arns: Map<string, string>;
  /** Managed policies by their ARNs. */
  readonly managed: Map<string, { readonly document: PolicyDocument; readonly at: string }>;
}

const AWS_MANAGED = 'arn:aws:iam::aws:policy/';

function role(iam: Iam, { arns, managed }: DeclaredPolicies): ResourceType {
  return {
    type: 'AWS::IAM::Role',
    uses: ['AssumeRolePolicyDocument', 'Policies', 'RoleName', 'Path', 'ManagedPolicyArns', 'MaxSessionDuration'],
    inert: {
      Description: 'a text for people',
      Tags: 'no policy of the platform looks at a role by its tags',
    },
    declare(properties, place) {
      const name = text(properties.RoleName) ?? place.name(64);
      const arn = `arn:aws:iam::${ACCOUNT}:role${text(properties.Path) ?? '/'}${name}`;
      arns.set(name, arn);
      const longest = properties.MaxSessionDuration;
      const trust = properties.AssumeRolePolicyDocument as PolicyDocument;
      iam.declareRole(arn, trust, place.at, longest === undefined ? undefined : Number(longest));
      for (const { PolicyName, PolicyDocument } of (properties.Policies ?? []) as readonly NamedPolicy[]) {
        iam.attach([arn], PolicyDocument, `${place.at}/${PolicyName}`);
      }
      for (const policyArn of (properties.ManagedPolicyArns ?? []) as readonly string[]) {
        if (policyArn.startsWith(AWS_MANAGED)) continue;
        const known = managed.get(policyArn);
        if (known === undefined) throw new Error(`there is no managed policy ${policyArn}`);
        iam.attach([arn], known.document, known.at);
      }
      return { ref: name, attributes: { Arn: arn, RoleId: `AROA${place.name(12).toUpperCase()}` } };
    },
  };
}

function policy(iam: Iam, { arns }: DeclaredPolicies): ResourceType {
  return {
    type: 'AWS::IAM::Policy',
    uses: ['PolicyDocument', 'Roles'],
    inert: { PolicyName: 'statements are known by the policy’s place in the template' },
    declare(properties, place) {
      iam.attach(rolesNamed(arns, properties.Roles), properties.PolicyDocument as PolicyDocument, place.at);
      return { ref: text(properties.PolicyName) ?? place.name(), attributes: { Id: place.name(20) } };
    },
  };
}

function managedPolicy(iam: Iam, { arns, managed }: DeclaredPolicies): ResourceType {
  return {
    type: 'AWS::IAM::ManagedPolicy',
    uses: ['PolicyDocument', 'Roles', 'ManagedPolicyName', 'Path'],
    inert: { Description: 'a text for people' },
    declare(properties, place) {
      const name = text(properties.ManagedPolicyName) ?? place.name(128);
      const arn = `arn:aws:iam::${ACCOUNT}:policy${text(properties.Path) ?? '/'}${name}`;
      const document = properties.PolicyDocument as PolicyDocument;
      managed.set(arn, { document, at: place.at });
      iam.attach(rolesNamed(arns, properties.Roles), document, place.at);
      return { ref: arn, attributes: { PolicyArn: arn } };
    },
  };
}

function rolesNamed(arns: ReadonlyMap<string, string>, names: unknown): readonly string[] {
  return ((names ?? []) as readonly string[]).map((name) => {
    const arn = arns.get(name);
    if (arn === undefined) throw new Error(`there is no role ${name}`);
    return arn;
  });
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
