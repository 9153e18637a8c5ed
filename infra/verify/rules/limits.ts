import { type Finding, property, resources, type Templates, topicOf } from '../template.ts';

/**
 * Limits of AWS: each a number in a template or in one resource.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html and the quotas page of each service.
 */
export const LIMITS = {
  resourcesOfATemplate: 500,
  bytesOfATemplate: 1_000_000,
  outputs: 200,
  parameters: 200,
  mappings: 200,
  bytesOfADescription: 1024,
  bytesOfAnEnvironment: 4096,
  routesOfAnApi: 300,
  integrationsOfAnApi: 300,
  rulesOfABus: 300,
  targetsOfARule: 5,
  bytesOfAMachine: 1_000_000,
  filtersOfALogGroup: 2,
  bytesOfARolesPolicies: 10_240,
  bytesOfAFunctionsPolicy: 20_480,
} as const;
type Limit = keyof typeof LIMITS;

/** The approximate bytes of each permission in a resource policy of Lambda, as `aws lambda get-policy` prints it. */
const BYTES_OF_A_PERMISSION = 400;

/** Where a template or a resource exceeds a limit of AWS. */
export function limitFindings(templates: Templates): Finding[] {
  return [
    ...[...templates].flatMap(([stack, template]) => {
      const at = topicOf(stack);
      return [
        ...over('resourcesOfATemplate', at, Object.keys(template.Resources).length),
        ...over('bytesOfATemplate', at, bytes(template)),
        ...over('outputs', at, Object.keys(template.Outputs ?? {}).length),
        ...over('parameters', at, Object.keys(template.Parameters ?? {}).length),
        ...over('mappings', at, Object.keys(template.Mappings ?? {}).length),
        ...over('bytesOfADescription', at, Buffer.byteLength(template.Description ?? '')),
      ];
    }),
    ...resources(templates, 'AWS::Lambda::Function').flatMap((placed) =>
      over('bytesOfAnEnvironment', placed.at, bytes(property(placed, 'Environment.Variables') ?? {})),
    ),
    ...resources(templates, 'AWS::Events::Rule').flatMap((placed) =>
      over('targetsOfARule', placed.at, [property(placed, 'Targets') ?? []].flat().length),
    ),
    ...resources(templates, 'AWS::StepFunctions::StateMachine').flatMap((placed) =>
      over('bytesOfAMachine', placed.at, Buffer.byteLength(String(property(placed, 'DefinitionString') ?? ''))),
    ),
    ...counted(templates, 'AWS::ApiGatewayV2::Route', 'ApiId', 'routesOfAnApi'),
    ...counted(templates, 'AWS::ApiGatewayV2::Integration', 'ApiId', 'integrationsOfAnApi'),
    ...counted(templates, 'AWS::Events::Rule', 'EventBusName', 'rulesOfABus'),
    ...counted(templates, 'AWS::Logs::SubscriptionFilter', 'LogGroupName', 'filtersOfALogGroup'),
    ...counted(templates, 'AWS::IAM::Policy', 'Roles', 'bytesOfARolesPolicies', (document) => bytes(document)),
    ...counted(
      templates,
      'AWS::Lambda::Permission',
      'FunctionName',
      'bytesOfAFunctionsPolicy',
      () => BYTES_OF_A_PERMISSION,
    ),
  ];
}

/** Adds up the resources that a property assigns to one owner: one for each, or the `measure` of its policy. */
function counted(
  templates: Templates,
  type: string,
  owner: string,
  limit: Limit,
  measure: (document: unknown) => number = () => 1,
): Finding[] {
  const sums = new Map<string, number>();
  for (const placed of resources(templates, type)) {
    const key = `${topicOf(placed.stack)}/${JSON.stringify(property(placed, owner) ?? 'default')}`;
    sums.set(key, (sums.get(key) ?? 0) + measure(property(placed, 'PolicyDocument')));
  }
  return [...sums].flatMap(([at, sum]) => over(limit, at, sum));
}

function over(limit: Limit, at: string, value: number): Finding[] {
  if (value <= LIMITS[limit]) return [];
  return [{ rule: 'limit', at, what: `${limit} is ${value}, above ${LIMITS[limit]}` }];
}

function bytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
