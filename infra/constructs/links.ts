import { ArnFormat, CfnParameter, Stack } from 'aws-cdk-lib';
import type { IWebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Project } from 'aws-cdk-lib/aws-codebuild';
import type { UserPool } from 'aws-cdk-lib/aws-cognito';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { isSecure, LOCAL_STAGE, type Stage } from '../stage.ts';

/** Links a function to a resource: the variables that name it and the grant to use it, never one without the other. */
export type Link = (user: LambdaFunction) => void;

/** The secondary index of the table. */
export const TABLE_INDEX = 'gsi1';

function link(variables: Readonly<Record<string, string>>, ...statements: PolicyStatement[]): Link {
  return (user) => {
    for (const [name, value] of Object.entries(variables)) user.addEnvironment(name, value);
    for (const statement of statements) user.addToRolePolicy(statement);
  };
}

/** A statement that allows `actions`, each named in full, on `resources`; the Sid gives the purpose. */
export function allow(sid: string, actions: string[], ...resources: string[]): PolicyStatement {
  return new PolicyStatement({ sid, actions, resources });
}

/** Plain values that need no grant. */
export const settings = (variables: Readonly<Record<string, string>>): Link => link(variables);

function readTable(table: Table): PolicyStatement {
  return allow(
    'ReadTable',
    ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'],
    table.tableArn,
    `${table.tableArn}/index/${TABLE_INDEX}`,
  );
}

function writeTable(table: Table): PolicyStatement {
  return allow(
    'WriteTable',
    ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:ConditionCheckItem'],
    table.tableArn,
  );
}

export const tableRead = (table: Table): Link => link({ TABLE_NAME: table.tableName }, readTable(table));

/** For a function that only puts and deletes: the answer of a delete needs no right to read. */
export const tableWrite = (table: Table): Link => link({ TABLE_NAME: table.tableName }, writeTable(table));

/** A transaction needs the rights of its writes and checks, and no right of its own. */
export const tableReadWrite = (table: Table): Link =>
  link({ TABLE_NAME: table.tableName }, readTable(table), writeTable(table));

export const uploadsWrite = (bucket: Bucket): Link =>
  link({ UPLOADS_BUCKET: bucket.bucketName }, allow('WriteUploads', ['s3:PutObject'], bucket.arnForObjects('*')));

/** Reads archives. The right to list only makes a missing archive "not found" instead of "denied". */
export const uploadsRead = (bucket: Bucket): Link =>
  link(
    { UPLOADS_BUCKET: bucket.bucketName },
    allow('ReadUploads', ['s3:GetObject'], bucket.arnForObjects('*')),
    allow('FindUploads', ['s3:ListBucket'], bucket.bucketArn),
  );

export const putEvents = (bus: EventBus): Link =>
  link({ BUS_NAME: bus.eventBusName }, allow('PutEvents', ['events:PutEvents'], bus.eventBusArn));

export const startDeploy = (machine: StateMachine): Link =>
  link(
    { DEPLOY_MACHINE_ARN: machine.stateMachineArn },
    allow('StartDeploy', ['states:StartExecution'], machine.stateMachineArn),
  );

/** Stops executions of the machine; each is named after its deployment. */
export const stopDeploy = (machine: StateMachine): Link => onExecutions(machine, 'StopDeploy', 'states:StopExecution');

/** Reads the state of executions of the machine. */
export const describeDeploy = (machine: StateMachine): Link =>
  onExecutions(machine, 'DescribeDeploy', 'states:DescribeExecution');

function onExecutions(machine: StateMachine, sid: string, action: string): Link {
  return (user) => {
    const executions = Stack.of(user).formatArn({
      service: 'states',
      resource: 'execution',
      resourceName: `${machine.stateMachineName}:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    link({ DEPLOY_MACHINE_ARN: machine.stateMachineArn }, allow(sid, [action], executions))(user);
  };
}

/**
 * Gives turns to builds: sets how many run at once, and grants the answer to the waiting machine. The machine is named, not referred to, because its
 * definition refers to a function with this link.
 */
export const giveTurns =
  ({ stage, sizes }: Stage): Link =>
  (user) => {
    const machine = Stack.of(user).formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName: machineName(stage, 'deploy'),
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    link(
      { BUILDS_AT_ONCE: String(sizes.buildsAtOnce), BUILDS_OF_A_TEAM: String(sizes.buildsOfATeam) },
      allow('GiveTurns', ['states:SendTaskSuccess'], machine),
    )(user);
  };

/** The name of a machine, for granting rights on it to a function that it calls. */
export function machineName(stage: string, machine: string): string {
  return `gantry-${stage}-${machine}`;
}

/** Finds builds and stops them. */
export const stopBuilds = (project: Project): Link =>
  link(
    { BUILD_PROJECT: project.projectName },
    allow(
      'StopBuilds',
      ['codebuild:ListBuildsForProject', 'codebuild:BatchGetBuilds', 'codebuild:StopBuild'],
      project.projectArn,
    ),
  );

export const startDelete = (machine: StateMachine): Link =>
  link(
    { DELETE_MACHINE_ARN: machine.stateMachineArn },
    allow('StartDelete', ['states:StartExecution'], machine.stateMachineArn),
  );

export const startDatabase = (machine: StateMachine): Link =>
  link(
    { DATABASE_MACHINE_ARN: machine.stateMachineArn },
    allow('StartDatabase', ['states:StartExecution'], machine.stateMachineArn),
  );

/** The variable that names a log group. */
type LogGroups = Readonly<Partial<Record<'BUILD_LOG_GROUP' | 'APP_LOG_GROUP', LogGroup>>>;

/** Sets the names of log groups whose lines a function gets, so that it can tell them apart. */
export const logGroupNames = (groups: LogGroups): Link =>
  settings(Object.fromEntries(Object.entries(groups).map(([variable, group]) => [variable, group.logGroupName])));

/** Reads lines of log groups, by stream and time. */
export const readLogs =
  (groups: LogGroups): Link =>
  (user) => {
    logGroupNames(groups)(user);
    const arns = Object.values(groups).map((group) => group.logGroupArn);
    user.addToRolePolicy(allow('ReadLogs', ['logs:FilterLogEvents'], ...arns));
  };

/** Finds and reads metrics, every so many minutes. CloudWatch knows no narrower resource for both. */
export const readMetrics: Link = link(
  {},
  allow('ReadMetrics', ['cloudwatch:GetMetricStatistics', 'cloudwatch:ListMetrics'], '*'),
);

/** CloudWatch has the metrics of a load balancer at most so long after their minute, in seconds. */
const PUBLISHED_AFTER = 120;

/** How late the traffic of a minute is there, at most. The local load balancer publishes at once, and the collector reads before anybody asks. */
export const trafficDelay = ({ stage, sizes }: Stage): Link =>
  settings({
    TRAFFIC_DELAY_SECONDS: String(stage === LOCAL_STAGE ? 0 : PUBLISHED_AFTER + 60 * sizes.trafficMinutes),
  });

/** Writes Gantry's own lines beside an app's output. */
export const writeAppLog =
  (group: LogGroup): Link =>
  (user) => {
    logGroupNames({ APP_LOG_GROUP: group })(user);
    user.addToRolePolicy(allow('WriteAppLog', ['logs:CreateLogStream', 'logs:PutLogEvents'], group.logGroupArn));
  };

/** Sends frames to WebSocket connections. */
export const manageConnections = (api: IWebSocketApi, stage: WebSocketStage): Link =>
  onConnections(api, stage, 'PostToConnections', 'POST');

/** Closes WebSocket connections. */
export const closeConnections = (api: IWebSocketApi, stage: WebSocketStage): Link =>
  onConnections(api, stage, 'CloseConnections', 'DELETE');

function onConnections(api: IWebSocketApi, stage: WebSocketStage, sid: string, method: 'POST' | 'DELETE'): Link {
  const connections = Stack.of(stage).formatArn({
    service: 'execute-api',
    resource: api.apiId,
    resourceName: `${stage.stageName}/${method}/@connections/*`,
  });
  return link({ REALTIME_ENDPOINT: stage.callbackUrl }, allow(sid, ['execute-api:ManageConnections'], connections));
}

/** Finds the cluster. The function's access entry decides what it may do inside. */
export const describeCluster = (cluster: { readonly name: string; readonly arn: string }): Link =>
  link({ CLUSTER_NAME: cluster.name }, allow('DescribeCluster', ['eks:DescribeCluster'], cluster.arn));

/** Creates accounts for invited people, and signs people out everywhere. */
export const manageAccounts = (pool: UserPool): Link =>
  link(
    { USER_POOL_ID: pool.userPoolId },
    allow('GetUser', ['cognito-idp:AdminGetUser'], pool.userPoolArn),
    allow('InviteUser', ['cognito-idp:AdminCreateUser'], pool.userPoolArn),
    allow('SignOutUser', ['cognito-idp:AdminUserGlobalSignOut'], pool.userPoolArn),
  );

/** Lists the images of repositories whose name begins with `prefix`, and deletes single ones. */
export const deleteImages = (prefix: string): Link => {
  return (user) =>
    link(
      { REPOSITORY_PREFIX: prefix },
      allow('DeleteImages', ['ecr:DescribeImages', 'ecr:BatchDeleteImage'], repositoryArn(user, prefix)),
    )(user);
};

/** Creates or finds a service's repositories. */
export const createRepository = (prefix: string): Link => {
  return (user) =>
    link(
      { REPOSITORY_PREFIX: prefix },
      allow(
        'CreateRepository',
        ['ecr:CreateRepository', 'ecr:DescribeRepositories', 'ecr:PutLifecyclePolicy'],
        repositoryArn(user, prefix),
      ),
    )(user);
};

/** Deletes a service's repositories with their images. */
export const deleteRepository = (prefix: string): Link => {
  return (user) =>
    link(
      { REPOSITORY_PREFIX: prefix },
      allow('DeleteRepository', ['ecr:DeleteRepository'], repositoryArn(user, prefix)),
    )(user);
};

/** Assumes a role, with fewer rights than the role has. */
export const assume = (variable: string, role: Role): Link =>
  link({ [variable]: role.roleArn }, allow('TakeRole', ['sts:AssumeRole'], role.roleArn));

/** Reads a secret, which may still be empty. */
export const readSecret = (variable: string, secret: CfnSecret): Link =>
  link({ [variable]: secret.ref }, allow('ReadSecret', ['secretsmanager:GetSecretValue'], secret.ref));

/** Seals values of variables, or opens them. The key encrypts nothing else, and each ciphertext names its team, project and set. */
export const sealVariables = (key: Key): Link => onVariables(key, 'SealVariables', 'kms:GenerateDataKey');
export const openVariables = (key: Key): Link => onVariables(key, 'OpenVariables', 'kms:Decrypt');

/** https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context-keys */
function onVariables(key: Key, sid: string, action: string): Link {
  const statement = allow(sid, [action], key.keyArn);
  statement.addConditions({
    'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['team', 'project', 'set'] },
    Null: { 'kms:EncryptionContextKeys': 'false' },
  });
  return link({ VARIABLES_KEY: key.keyArn }, statement);
}

/** Puts messages into a queue. */
export const sendTo = (variable: string, queue: Queue): Link =>
  link({ [variable]: queue.queueUrl }, allow('SendMessages', ['sqs:SendMessage'], queue.queueArn));

/** Counts the messages of queues. */
export const readDepths = (queues: readonly Queue[]): Link =>
  link(
    { DEAD_LETTER_URLS: queues.map(({ queueUrl }) => queueUrl).join(',') },
    allow('ReadDepths', ['sqs:GetQueueAttributes'], ...queues.map(({ queueArn }) => queueArn)),
  );

/** Every repository under a prefix. */
export function repositoryArn(scope: LambdaFunction | Stack, prefix: string): string {
  return Stack.of(scope).formatArn({ service: 'ecr', resource: 'repository', resourceName: `${prefix}/*` });
}

/** Uploads the dashboard's files. */
export const putSite = (bucket: Bucket): Link =>
  link({ SITE_BUCKET: bucket.bucketName }, allow('PutSite', ['s3:PutObject'], bucket.arnForObjects('*')));

/**
 * The pattern of the apps' addresses. Without a domain it is a parameter of the stack: only the Host header tells apps apart, and the local cloud
 * sets the parameter to its own address.
 */
export const appsOrigin =
  (stage: Stage): Link =>
  (user) => {
    const domain = stage.appsDomain;
    const scheme = isSecure(stage) ? 'https' : 'http';
    settings({ APPS_ORIGIN: domain ? `${scheme}://*.${domain}` : appsOriginParameter(Stack.of(user), stage) })(user);
  };

/** The settings of a function that queues deployments: a first deployment claims a host name and a place behind the load balancer. */
export const queueDeployments = (stage: Stage): Link[] => [
  appsOrigin(stage),
  settings({ SERVICES_PER_GATEWAY: String(stage.sizes.servicesPerGateway) }),
];

/** The settings of a function that fetches sources: whether they may have private addresses. */
export const privateSources = (stage: Stage): Link => settings({ PRIVATE_SOURCES: String(stage.privateSources) });

const APPS_ORIGIN = 'AppsOrigin';

function appsOriginParameter(stack: Stack, stage: Stage): string {
  const existing = stack.node.tryFindChild(APPS_ORIGIN);
  const parameter =
    existing instanceof CfnParameter
      ? existing
      : new CfnParameter(stack, APPS_ORIGIN, {
          description: "The pattern of the apps' addresses",
          default: `http://*.${stage.stage}.gantry.internal`,
        });
  return parameter.valueAsString;
}
