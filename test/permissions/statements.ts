import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PolicyDocument, PolicyStatement } from '@gantry/local/kernel/iam.ts';

/** An Allow statement of the assembly. */
export interface Statement {
  /** The local cloud's id: `<stack>/<logical id>/<index>`. */
  readonly id: string;
  /** The readable name: `api/identityRole/WriteTable`. It does not change when another statement is inserted before it. */
  readonly name: string;
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** Every Allow statement of the assembly's templates. Throws if two have the same name. */
export function statementsOf(assembly: string): readonly Statement[] {
  const files = readdirSync(assembly).filter((name) => name.endsWith('.template.json'));
  const found = files.sort().flatMap((file) => {
    const stack = file.slice(0, file.indexOf('.'));
    const { Resources } = JSON.parse(readFileSync(join(assembly, file), 'utf8')) as {
      readonly Resources: Readonly<Record<string, Resource>>;
    };
    return Object.entries(Resources).flatMap(([logicalId, resource]) => statementsIn(stack, logicalId, resource));
  });
  const names = found.map(({ name }) => name);
  const [twice] = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`Two statements are called ${twice}: give one of them a Sid.`);
  return found;
}

function statementsIn(stack: string, logicalId: string, { Type, Properties = {} }: Resource): readonly Statement[] {
  const at = `${stack}/${logicalId}`;
  const name = `${stack.split('-').slice(2).join('-')}/${readable(logicalId)}`;
  if (Type === 'AWS::Lambda::Permission') return [{ id: `${at}/0`, name: `${name}/invoke` }];
  const inline = (Type === 'AWS::IAM::Role' ? (Properties.Policies ?? []) : []) as readonly {
    readonly PolicyName: string;
    readonly PolicyDocument: PolicyDocument;
  }[];
  return [
    ...allows(Properties.AssumeRolePolicyDocument, `${at}/trust`, `${name}/trust`),
    ...allows(Properties.PolicyDocument, at, name),
    ...allows(Properties.KeyPolicy, at, name),
    ...inline.flatMap((policy) =>
      allows(policy.PolicyDocument, `${at}/${policy.PolicyName}`, `${name}/${policy.PolicyName}`),
    ),
  ];
}

function allows(document: unknown, at: string, name: string): readonly Statement[] {
  if (document === undefined) return [];
  return [(document as PolicyDocument).Statement].flat().flatMap((statement: PolicyStatement, index) => {
    if (statement.Effect !== 'Allow') return [];
    return [{ id: `${at}/${index}`, name: `${name}/${statement.Sid ?? actionOf(statement)}` }];
  });
}

function actionOf({ Action }: PolicyStatement): string {
  return [Action ?? []].flat().join('+');
}

/** A logical id as it is in the code: without its hash, and without the CDK's additions to policy names. */
function readable(logicalId: string): string {
  return logicalId
    .replace(/ApiPermission.*$/, '')
    .replace(/[0-9A-F]{8}$/, '')
    .replace(/DefaultPolicy$/, '');
}
