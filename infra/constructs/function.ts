import { Duration, type Size } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { alarm } from './alarms.ts';
import { allow, type Link } from './links.ts';
import { logGroup } from './logs.ts';
import type { Platform } from './platform.ts';

export interface GantryFunctionProps {
  readonly platform: Platform;
  /** The entry point's path under `functions/`, without `.ts`: `deploy/prepare`. */
  readonly entry: string;
  readonly description: string;
  /** What the function may use: each link sets an environment variable and grants exactly what it needs. */
  readonly links: readonly Link[];
  /** Ten seconds unless told. */
  readonly timeout?: Duration;
  /** For a function that handles more than requests: its memory at the least, in MiB, and room for files beyond the half GiB that every one has. */
  readonly room?: { readonly memory: number; readonly files: Size };
}

/** A function with a role, a log group and alarms of its own. It may do nothing but write its log and what its links grant. */
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
    this.alarm(props);
  }

  private alarm({ platform, entry }: GantryFunctionProps): void {
    const period = Duration.minutes(5);
    alarm(this, 'Errors', platform, {
      description: `Function ${entry} ended with an error: read its log group.`,
      metric: this.metricErrors({ period }),
      threshold: 1,
    });
    alarm(this, 'Throttles', platform, {
      description: `Function ${entry} was throttled: the account's Lambda concurrency is used up.`,
      metric: this.metricThrottles({ period }),
      threshold: 1,
    });
  }
}
