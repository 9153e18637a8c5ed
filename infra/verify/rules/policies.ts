import { type Finding, listOf, type Placed, property, resources, type Statement, type Templates } from '../template.ts';

/** Properties with a policy document, by type: of a principal's rights, and of rights on a resource. */
const IDENTITY_POLICIES: Readonly<Record<string, readonly string[]>> = {
  'AWS::IAM::Policy': ['PolicyDocument'],
  'AWS::IAM::ManagedPolicy': ['PolicyDocument'],
};
const RESOURCE_POLICIES: Readonly<Record<string, readonly string[]>> = {
  'AWS::S3::BucketPolicy': ['PolicyDocument'],
  'AWS::SQS::QueuePolicy': ['PolicyDocument'],
  'AWS::SNS::TopicPolicy': ['PolicyDocument'],
  'AWS::ECR::Repository': ['RepositoryPolicyText'],
  'AWS::Backup::BackupVault': ['AccessPolicy'],
};
const TRUST: Readonly<Record<string, readonly string[]>> = { 'AWS::IAM::Role': ['AssumeRolePolicyDocument'] };

/**
 * Services that assume a role without naming the account, so that a condition on it would refuse them: Lambda and EC2 assume a role only for
 * resources of the account itself. https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
 */
const WITHOUT_SOURCE = ['lambda.amazonaws.com', 'ec2.amazonaws.com'];

interface Stated {
  readonly at: string;
  readonly statement: Statement;
}

/** Every rule about permissions. */
export function policyFindings(templates: Templates): Finding[] {
  const identity = statements(templates, IDENTITY_POLICIES);
  const resource = statements(templates, RESOURCE_POLICIES);
  return [
    ...[...identity, ...resource].flatMap(wildcardAction),
    ...identity.flatMap(everyResource),
    ...resource.flatMap(publicPrincipal),
    ...[...statements(templates, TRUST), ...resource].flatMap(unboundService),
    ...resources(templates, 'AWS::Lambda::Permission').flatMap(unboundInvoker),
  ];
}

function statements(templates: Templates, kinds: Readonly<Record<string, readonly string[]>>): Stated[] {
  return resources(templates, ...Object.keys(kinds)).flatMap((placed) =>
    (kinds[placed.resource.Type] ?? []).flatMap((path) =>
      listOf(property(placed, `${path}.Statement`) as Statement | readonly Statement[] | undefined).map(
        (statement, index) => ({ at: `${placed.at}/${statement.Sid ?? index}`, statement }),
      ),
    ),
  );
}

function wildcardAction({ at, statement }: Stated): Finding[] {
  if (statement.Effect !== 'Allow') return [];
  return listOf(statement.Action)
    .filter((action) => action.includes('*'))
    .map((action) => ({ rule: 'wildcard-action', at, what: `allows ${action}: name each action in full` }));
}

function everyResource({ at, statement }: Stated): Finding[] {
  if (statement.Effect !== 'Allow' || !listOf(statement.Resource).includes('*')) return [];
  return [{ rule: 'every-resource', at, what: 'allows its actions on every resource' }];
}

function publicPrincipal({ at, statement }: Stated): Finding[] {
  const principals = listOf(statement.Principal).flatMap((principal) =>
    typeof principal === 'object' && principal !== null ? Object.values(principal).flat() : [principal],
  );
  if (statement.Effect !== 'Allow' || !principals.includes('*')) return [];
  return [{ rule: 'public-access', at, what: 'lets anybody in' }];
}

function unboundService({ at, statement }: Stated): Finding[] {
  const { Service } = (statement.Principal ?? {}) as { readonly Service?: string | readonly string[] };
  const services = listOf(Service).filter((service) => !WITHOUT_SOURCE.includes(service));
  if (statement.Effect !== 'Allow' || services.length === 0) return [];
  const keys = Object.values(statement.Condition ?? {}).flatMap(Object.keys);
  if (keys.some((key) => /^aws:Source(?:Account|Arn)$/i.test(key))) return [];
  return [
    { rule: 'source-account', at, what: `lets ${services.join()} in without aws:SourceAccount or aws:SourceArn` },
  ];
}

function unboundInvoker(placed: Placed): Finding[] {
  const { SourceArn, SourceAccount } = placed.resource.Properties ?? {};
  if (SourceArn !== undefined || SourceAccount !== undefined) return [];
  return [{ rule: 'source-account', at: placed.at, what: 'lets a service invoke a function for any account' }];
}
