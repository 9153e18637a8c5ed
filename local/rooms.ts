import { createCluster } from './cluster/cluster.ts';
import { LOG_SHIPPER, shippedLinesPerSecond, shippedLogGroup } from './cluster/log-shipper.ts';
import { StartFailure } from './failure.ts';
import { EDGE_REGION, type Kernel, REGION } from './kernel/kernel.ts';
import type { AssetLocator, FunctionInvoker, ObjectReader } from './kernel/ports.ts';
import type { Room } from './kernel/resource.ts';
import { createApiGateway } from './services/apigateway/room.ts';
import { stagingBucket } from './services/cloudformation/stacks.ts';
import { createCloudFront } from './services/cloudfront/cloudfront.ts';
import type { CloudWatch } from './services/cloudwatch/cloudwatch.ts';
import { createCodeBuild } from './services/codebuild/codebuild.ts';
import { createCognito } from './services/cognito/cognito.ts';
import { createDynamoDb } from './services/dynamodb/dynamodb.ts';
import { createEc2 } from './services/ec2/ec2.ts';
import { createEcr } from './services/ecr/ecr.ts';
import { createEks } from './services/eks/eks.ts';
import { createEvents } from './services/events/events.ts';
import { createKms } from './services/kms/kms.ts';
import { createLambda } from './services/lambda/room.ts';
import { createLogs } from './services/logs/logs.ts';
import { createRds } from './services/rds/rds.ts';
import { createS3 } from './services/s3/s3.ts';
import { createSecretsManager } from './services/secretsmanager/secretsmanager.ts';
import { createSqs } from './services/sqs/sqs.ts';
import { createSsm } from './services/ssm/ssm.ts';
import { createStates } from './services/states/states.ts';
import { createSts } from './services/sts/sts.ts';

/** The first owner, as the sign-in room created them. */
export interface Owner {
  readonly email: string;
  readonly password: string;
}

export interface Composed {
  /** In start order, which is also the order of mounts. */
  readonly rooms: readonly Room[];
  /** The place of templates and code to deploy; none in a composition of single rooms. */
  readonly objects?: ObjectReader;
  /** Runs custom resources' functions. */
  readonly functions: FunctionInvoker;
  /** Known once the assembly is declared. */
  owner(): Owner;
}

/** Makes every room of a service, each with the ports of others that it calls. */
export function composeRooms(kernel: Kernel, assets: AssetLocator, cloudWatch: CloudWatch): Composed {
  const functions: FunctionInvoker = {
    invoke: (...call) => lambda.invoke(...call),
    abandon: async (...call) => lambda.abandon?.(...call),
  };
  const dynamodb = createDynamoDb(kernel);
  const s3 = createS3(kernel, [REGION, EDGE_REGION].map(stagingBucket));
  const sqs = createSqs(kernel);
  const events = createEvents(kernel, sqs, functions);
  const logs = createLogs(kernel, functions, cloudWatch);
  const kms = createKms(kernel);
  const secrets = createSecretsManager(kernel, kms.keys);
  const rds = createRds(kernel, kms.keys, secrets.managed);
  const ecr = createEcr(kernel);
  const eks = createEks(kernel, () => cluster.objects.clear());
  const cognito = createCognito(kernel);
  const codebuild = createCodeBuild(kernel, { logs, assets, events });
  const lambda = createLambda(kernel, { logs, assets, queues: sqs, streams: dynamodb });
  const states = createStates(kernel, { lambda, builds: codebuild.builds, events, assets });
  const apigateway = createApiGateway(kernel, { lambda, isFronted: () => cloudfront.isDeclared() });
  const cloudfront = createCloudFront(kernel, { apis: apigateway.origins, objects: s3 });
  const cluster = createCluster(kernel, {
    authenticate: eks.authenticator,
    images: ecr.images,
    logs,
    logGroup: () => shippedLogGroup(cluster.objects),
    linesPerSecond: () => shippedLinesPerSecond(cluster.objects),
    nodePrincipal() {
      const role = eks.podRole(LOG_SHIPPER.namespace, LOG_SHIPPER.name);
      return kernel.iam.assume(role, 'pods.eks.amazonaws.com', 'node');
    },
  });
  return {
    rooms: [
      dynamodb,
      s3,
      sqs,
      events,
      logs,
      createSts(kernel),
      createSsm(),
      kms,
      secrets,
      createEc2(kernel, () => [rds]),
      rds,
      ecr,
      eks,
      cognito,
      cluster,
      lambda,
      codebuild,
      states,
      cloudfront,
      apigateway,
    ],
    objects: s3,
    functions: lambda,
    owner() {
      const [email] = cognito.accounts();
      const password = email === undefined ? undefined : cognito.initialPassword(email);
      if (email === undefined || password === undefined) throw new StartFailure('The template names no first owner.');
      return { email, password };
    },
  };
}
