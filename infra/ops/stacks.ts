import {
  CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateCommand,
  ListStackResourcesCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { EDGE_REGION } from '../constructs/edge-region.ts';

/** A deployed stack of the stage. */
export interface DeployedStack {
  /** A client for the region of the stack. */
  readonly cloudFormation: CloudFormationClient;
  readonly region: string;
  readonly name: string;
  readonly topic: string;
  readonly status: string;
  readonly reason: string | undefined;
  readonly outputs: Readonly<Record<string, string>>;
  readonly isProtected: boolean;
}

export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string;
}

/** The region of the stage, and CloudFront's region: the stack `firewall` is there, wherever the stage is. */
export async function regionsOf(): Promise<string[]> {
  const home = await new CloudFormationClient({}).config.region();
  return [...new Set([home, EDGE_REGION])];
}

/**
 * Every stack of the stage, `gantry-<stage>-<topic>`, in both of its regions. A stage such as `<stage>-two` is another
 * stage, although its name begins the same.
 */
export async function stacksOf(stage: string): Promise<DeployedStack[]> {
  const found = await Promise.all((await regionsOf()).map((region) => stacksIn(region, stage)));
  return found.flat();
}

async function stacksIn(region: string, stage: string): Promise<DeployedStack[]> {
  const cloudFormation = new CloudFormationClient({ region });
  const found: Stack[] = [];
  let NextToken: string | undefined;
  do {
    const page = await cloudFormation.send(new DescribeStacksCommand({ ...(NextToken && { NextToken }) }));
    found.push(...(page.Stacks ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found.flatMap((stack) => {
    const name = stack.StackName ?? '';
    const topic = new RegExp(`^gantry-${stage}-([a-z]+)$`).exec(name)?.[1];
    if (topic === undefined) return [];
    const outputs = (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]);
    return {
      cloudFormation,
      region,
      name,
      topic,
      status: stack.StackStatus ?? 'unknown',
      reason: stack.StackStatusReason,
      outputs: Object.fromEntries(outputs),
      isProtected: stack.EnableTerminationProtection === true,
    };
  });
}

/** An output of one of the stage's stacks. Throws if no stack has it: the stage is not deployed, or it is older. */
export function outputOf(stacks: readonly DeployedStack[], name: string): string {
  const found = stacks.map(({ outputs }) => outputs[name]).find((value) => value !== undefined);
  if (found === undefined) throw new Error(`no stack of the stage has the output ${name}: deploy the stage first`);
  return found;
}

/** The resources of a stack. */
export async function resourcesOf({ cloudFormation, name }: DeployedStack): Promise<StackResource[]> {
  const found: StackResource[] = [];
  let NextToken: string | undefined;
  do {
    const command = new ListStackResourcesCommand({ StackName: name, ...(NextToken && { NextToken }) });
    const page = await cloudFormation.send(command);
    for (const { LogicalResourceId = '', ResourceType = '', PhysicalResourceId = '' } of page.StackResourceSummaries ??
      [])
      found.push({ logicalId: LogicalResourceId, type: ResourceType, physicalId: PhysicalResourceId });
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found;
}

/** The name of the secret that holds the GitHub App. The name is fixed, so that an upgrade keeps the secret. */
export function githubAppSecret(stage: string): string {
  return `gantry-${stage}-github-app`;
}

/** The parts of a template that these commands read. */
export interface DeployedTemplate {
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: object; readonly DeletionPolicy?: string }>
  >;
  readonly Outputs?: Readonly<Record<string, { readonly Export?: { readonly Name?: unknown } }>>;
}

/** The template from which a stack was deployed. */
export async function templateOf({ cloudFormation, name }: DeployedStack): Promise<DeployedTemplate> {
  const command = new GetTemplateCommand({ StackName: name, TemplateStage: 'Original' });
  const { TemplateBody = '{}' } = await cloudFormation.send(command);
  return JSON.parse(TemplateBody);
}

/** A stack with the template from which it was deployed. */
export interface MadeStack extends DeployedStack {
  readonly template: DeployedTemplate;
}

/**
 * The stacks in an order in which they can be deleted. A stack comes before the stacks whose exports it imports. Stacks
 * in CloudFront's region come last, because a distribution uses the firewall and the certificate.
 */
export function deletionOrder(stacks: readonly MadeStack[], home: string): MadeStack[] {
  const exporters = new Map(
    stacks.flatMap(({ name, template }) => exportsOf(template).map((each) => [each, name] as const)),
  );
  const importers = new Map<string, Set<string>>();
  for (const { name, template } of stacks) {
    for (const imported of importsOf(template)) {
      const exporter = exporters.get(imported);
      if (exporter !== undefined) importers.set(exporter, (importers.get(exporter) ?? new Set()).add(name));
    }
  }
  const left = new Map(stacks.map((stack) => [stack.name, stack]));
  const order: MadeStack[] = [];
  while (left.size > 0) {
    const free = [...left.values()].filter(
      ({ name }) => ![...(importers.get(name) ?? [])].some((each) => left.has(each)),
    );
    if (free.length === 0) throw new Error(`the stacks ${[...left.keys()].join(', ')} import from each other`);
    for (const { name } of free) left.delete(name);
    order.push(...free);
  }
  return [...order.filter(({ region }) => region === home), ...order.filter(({ region }) => region !== home)];
}

/** The names of a stack's exports. */
export function exportsOf({ Outputs = {} }: DeployedTemplate): string[] {
  return Object.values(Outputs).flatMap(({ Export }) => (typeof Export?.Name === 'string' ? Export.Name : []));
}

/** The names of the exports that a stack imports. */
export function importsOf(template: DeployedTemplate): string[] {
  const found = JSON.stringify(template).matchAll(/"Fn::ImportValue":"([^"]+)"/g);
  return [...new Set([...found].map(([, name = '']) => name))];
}
