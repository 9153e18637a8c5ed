import {
  type CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateCommand,
  ListStackResourcesCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';

/** A stack of the stage, as it is deployed. */
export interface DeployedStack {
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

/** Every stack of the stage, `gantry-<stage>-<topic>`. Another stage whose name goes on with a dash is none of it. */
export async function stacksOf(cloudFormation: CloudFormationClient, stage: string): Promise<DeployedStack[]> {
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
      name,
      topic,
      status: stack.StackStatus ?? 'unknown',
      reason: stack.StackStatusReason,
      outputs: Object.fromEntries(outputs),
      isProtected: stack.EnableTerminationProtection === true,
    };
  });
}

/** An output of one of the stage's stacks. Throws where no stack has it: then the stage is not deployed, or is older. */
export function outputOf(stacks: readonly DeployedStack[], name: string): string {
  const found = stacks.map(({ outputs }) => outputs[name]).find((value) => value !== undefined);
  if (found === undefined) throw new Error(`no stack of the stage has the output ${name}: deploy the stage first`);
  return found;
}

/** What a stack consists of. */
export async function resourcesOf(cloudFormation: CloudFormationClient, stack: string): Promise<StackResource[]> {
  const found: StackResource[] = [];
  let NextToken: string | undefined;
  do {
    const command = new ListStackResourcesCommand({ StackName: stack, ...(NextToken && { NextToken }) });
    const page = await cloudFormation.send(command);
    for (const { LogicalResourceId = '', ResourceType = '', PhysicalResourceId = '' } of page.StackResourceSummaries ??
      [])
      found.push({ logicalId: LogicalResourceId, type: ResourceType, physicalId: PhysicalResourceId });
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found;
}

/** A template as far as these commands read it. */
export interface DeployedTemplate {
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: object; readonly DeletionPolicy?: string }>
  >;
  readonly Outputs?: Readonly<Record<string, { readonly Export?: { readonly Name?: unknown } }>>;
}

/** The template from which a stack was made, as it was sent. */
export async function templateOf(cloudFormation: CloudFormationClient, stack: string): Promise<DeployedTemplate> {
  const command = new GetTemplateCommand({ StackName: stack, TemplateStage: 'Original' });
  const { TemplateBody = '{}' } = await cloudFormation.send(command);
  return JSON.parse(TemplateBody);
}

/** The stacks in the order in which they can be deleted: each before those whose exports it imports. */
export function deletionOrder(templates: ReadonlyMap<string, DeployedTemplate>): string[] {
  const importers = new Map<string, Set<string>>();
  const exporters = new Map<string, string>();
  for (const [stack, { Outputs = {} }] of templates)
    for (const { Export } of Object.values(Outputs))
      if (typeof Export?.Name === 'string') exporters.set(Export.Name, stack);
  for (const [stack, template] of templates) {
    for (const [, name = ''] of JSON.stringify(template).matchAll(/"Fn::ImportValue":"([^"]+)"/g)) {
      const exporter = exporters.get(name);
      if (exporter !== undefined) importers.set(exporter, (importers.get(exporter) ?? new Set()).add(stack));
    }
  }
  const left = new Set(templates.keys());
  const order: string[] = [];
  while (left.size > 0) {
    const free = [...left].filter((stack) => ![...(importers.get(stack) ?? [])].some((other) => left.has(other)));
    if (free.length === 0) throw new Error(`the stacks ${[...left].join(', ')} import from each other`);
    for (const stack of free) left.delete(stack);
    order.push(...free);
  }
  return order;
}
