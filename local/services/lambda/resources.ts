import { ACCOUNT } from '../../kernel/kernel.ts';
import type { AssetLocator } from '../../kernel/ports.ts';
import type { Place, ResourceType } from '../../kernel/resource.ts';
import { AwsError } from '../../kernel/service.ts';
import { defineFunction, type FunctionDefinition, functionArn } from './function.ts';
import { defineMapping, type Mapping } from './sources/mapping.ts';

export interface Declarations {
  readonly assets: AssetLocator;
  addFunction(definition: FunctionDefinition): void;
  addMapping(id: string, mapping: Mapping): void;
  /** Ends the workers of a function, by its name. */
  removeFunction(name: string): Promise<void>;
  /** Stops feeding its function. */
  removeMapping(id: string): void;
  /** The destination of events that a function did not take. */
  keepFailures(functionArn: string, queueArn: string): void;
}

/** The CloudFormation types of Lambda. Layers, versions and aliases are not emulated, and so refused. */
export function lambdaResources(declarations: Declarations): readonly ResourceType[] {
  return [functionType(declarations), permissionType, asynchronousType(declarations), mappingType(declarations)];
}

function functionType({ assets, addFunction, removeFunction }: Declarations): ResourceType {
  return {
    type: 'AWS::Lambda::Function',
    uses: [
      'Code.S3Bucket',
      'Code.S3Key',
      'Environment',
      'FunctionName',
      'Handler',
      'LoggingConfig.LogFormat',
      'LoggingConfig.LogGroup',
      'MemorySize',
      'Role',
      'Runtime',
      'Timeout',
    ],
    inert: {
      Architectures: "JavaScript runs the same on this machine's processor",
      Description: 'for people',
      'EphemeralStorage.Size': 'a temporary folder is as large as the disk',
      Tags: 'for people and bills',
      'TracingConfig.Mode': 'traces are collected by AWS X-Ray, which no function calls',
    },
    declare(properties, place) {
      const definition = defineFunction(properties, place, assets);
      addFunction(definition);
      return { ref: definition.name, attributes: { Arn: definition.arn } };
    },
    remove: removeFunction,
  };
}

interface PermissionProperties {
  readonly Action: string;
  readonly FunctionName: string;
  readonly Principal: string;
  readonly SourceArn?: string;
  readonly SourceAccount?: string;
}

const permissionType: ResourceType = {
  type: 'AWS::Lambda::Permission',
  uses: ['Action', 'FunctionName', 'Principal', 'SourceAccount', 'SourceArn'],
  declare(properties, place) {
    const declared = properties as unknown as PermissionProperties;
    const arn = functionArn(declared.FunctionName);
    const principal = declared.Principal.endsWith('.amazonaws.com')
      ? { Service: declared.Principal }
      : { AWS: declared.Principal };
    const { SourceAccount, SourceArn } = declared;
    if (SourceAccount !== undefined && SourceAccount !== ACCOUNT) {
      throw new AwsError('ValidationException', `${place.at}: SourceAccount must be the local account, ${ACCOUNT}.`);
    }
    const statement = {
      Sid: place.logicalId,
      Effect: 'Allow' as const,
      Principal: principal,
      Action: declared.Action,
      Resource: arn,
      ...(SourceArn === undefined ? {} : { Condition: { ArnLike: { 'AWS:SourceArn': SourceArn } } }),
    };
    place.kernel.iam.protect(arn, { Version: '2012-10-17', Statement: statement }, place.at);
    return { ref: place.logicalId, attributes: { Id: place.logicalId } };
  },
};

/** Asynchronous callers try once, or the usual three times: their rooms decide that, so other values are refused. */
const RETRIES = [undefined, 0, 2];

function asynchronousType({ keepFailures }: Declarations): ResourceType {
  return {
    type: 'AWS::Lambda::EventInvokeConfig',
    uses: ['DestinationConfig.OnFailure.Destination', 'FunctionName', 'MaximumRetryAttempts', 'Qualifier'],
    inert: { MaximumEventAgeInSeconds: 'an event waits for nothing here' },
    declare(properties, place) {
      const { MaximumRetryAttempts: retries, Qualifier: qualifier, FunctionName } = properties;
      if (!RETRIES.includes(retries === undefined ? undefined : Number(retries)) || qualifier !== '$LATEST') {
        const what = 'MaximumRetryAttempts other than 0 and 2, and a Qualifier other than $LATEST, are not emulated';
        throw new AwsError('ValidationException', `${place.at}: local cloud: ${what}.`);
      }
      const { OnFailure } = (properties.DestinationConfig ?? {}) as { OnFailure?: { Destination: string } };
      if (OnFailure !== undefined) keepFailures(functionArn(String(FunctionName)), OnFailure.Destination);
      return { ref: place.logicalId, attributes: {} };
    },
  };
}

function mappingType({ addMapping, removeMapping }: Declarations): ResourceType {
  return {
    type: 'AWS::Lambda::EventSourceMapping',
    uses: [
      'BatchSize',
      'BisectBatchOnFunctionError',
      'DestinationConfig.OnFailure.Destination',
      'Enabled',
      'EventSourceArn',
      'FilterCriteria',
      'FunctionName',
      'FunctionResponseTypes',
      'MaximumBatchingWindowInSeconds',
      'MaximumRetryAttempts',
      'ScalingConfig.MaximumConcurrency',
      'StartingPosition',
    ],
    inert: {
      MetricsConfig: 'metrics are not collected locally',
      ParallelizationFactor:
        'one batch at a time keeps the order that more would keep by key, and a local stream has one shard',
      Tags: 'for people and bills',
    },
    declare(properties, place: Place) {
      const mapping = defineMapping(properties, place);
      if (mapping !== undefined) addMapping(place.name(36), mapping);
      return { ref: place.name(36), attributes: { Id: place.name(36) } };
    },
    remove: removeMapping,
  };
}
