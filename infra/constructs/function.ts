import { Duration, type Size } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { FAILURES, NAMESPACE } from './alarms.ts';
import { allow, type Link } from './links.ts';
import { logGroup } from './logs.ts';
import type { Platform } from './platform.ts';

export interface GantryFunctionProps {
  readonly platform: Platform;
  /** The entry point's path under `functions/`, without `.ts`: `deploy/prepare`. */
  readonly entry: string;
  readonly description: string;
  /** The resources of the function: each link sets an environment variable and grants exactly the needed actions. */
  readonly links: readonly Link[];
  /** Default: ten seconds. */
  readonly timeout?: Duration;
  /** For a function that handles more than requests: its minimum memory in MiB, and more file space than the default half GiB. */
  readonly room?: { readonly memory: number; readonly files: Size };
}

/** A function with its own role and log group, and a count of its failures. It may write its log and use its links, and nothing else. */
export class GantryFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, props: GantryFunctionProps) {
    const { stage, bundles } = props.platform;
    const program = bundles.function(props.entry);
    const logs = logGroup(scope, `${id}Log`, stage, `functions/${props.entry}`);
    const role = new Role(scope, `${id}Role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Runs ${props.entry}`,
    });
    super(scope, id, {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: program.handler,
      code: Code.fromAsset(program.directory),
      timeout: props.timeout ?? Duration.seconds(10),
      memorySize: Math.max(stage.sizes.functionMemory, props.room?.memory ?? 0),
      ...(props.room && { ephemeralStorageSize: props.room.files }),
      role,
      logGroup: logs,
      environment: { STAGE: stage.stage, NODE_OPTIONS: '--enable-source-maps' },
    });
    this.addToRolePolicy(allow('WriteOwnLog', ['logs:CreateLogStream', 'logs:PutLogEvents'], logs.logGroupArn));
    for (const link of props.links) link(this);
    logs.addMetricFilter('Failures', {
      // Lambda's lines about a function that it ended, or that threw past every wrapper.
      filterPattern: FilterPattern.literal('?"Status: timeout" ?"Status: error" ?"Invoke Error"'),
      metricNamespace: `${NAMESPACE}/${stage.stage}`,
      metricName: FAILURES,
    });
  }
}
