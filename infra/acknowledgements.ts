import { type App, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { databasePrefix, passwordPrefix } from './constructs/database-links.ts';
import type { Stage } from './stage.ts';

/** An exception from a rule of cdk-nag or of the CDK's own template check, and the reason. */
export interface Acknowledgement {
  /** The rule's id, with its finding where it has several, as the check prints it: `AwsSolutions-IAM5[Resource::*]`. */
  readonly rule: string;
  /** The construct's path below `gantry-<stage>-`; its children are included. */
  readonly at: string;
  readonly reason: string;
}

/** Every exception from the rules of `npm run verify:template` and the tests. An exception that is no longer needed fails a test. */
const READ_METRICS =
  'cloudwatch:GetMetricStatistics and cloudwatch:ListMetrics are for all metrics: AWS knows no narrower resource.';

export function acknowledgements(stage: Stage): readonly Acknowledgement[] {
  const images = `Resource::arn:<AWS::Partition>:ecr:<AWS::Region>:<AWS::AccountId>:repository/gantry-${stage.stage}/*`;
  const connections = (api: string, method: 'POST' | 'DELETE') =>
    `Resource::arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:${api}/live/${method}/@connections/*`;
  const imported = (stack: string, output: string) => `gantry-${stage.stage}-${stack}:ExportsOutput${output}`;
  const realtimeApi = imported('edge', 'RefLive848578DF6C2DADEF');
  const deployMachine = imported('workflows', 'FnGetAttDeploy7B206E61Name6B937B28');
  const managed = (policy: string) => `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${policy}]`;
  return [
    ...[
      ['AmazonEKSWorkerNodeMinimalPolicy', 'cluster/NodeRole'],
      ['AmazonEC2ContainerRegistryPullOnly', 'cluster/NodeRole'],
      ['AmazonEKSClusterPolicy', 'cluster/Cluster'],
      ['AmazonEKSComputePolicy', 'cluster/Cluster'],
      ['AmazonEKSBlockStoragePolicy', 'cluster/Cluster'],
      ['AmazonEKSLoadBalancingPolicy', 'cluster/Cluster'],
      ['AmazonEKSNetworkingPolicy', 'cluster/Cluster'],
    ].map(([policy = '', at = '']) => ({
      rule: managed(policy),
      at,
      reason: 'EKS Auto Mode is specified by these policies: AWS changes them together with its controllers.',
    })),
    ...(stage.removalPolicy === 'retain'
      ? ['service-role/AWSBackupServiceRolePolicyForBackup', 'AWSBackupServiceRolePolicyForS3Backup'].map((policy) => ({
          rule: managed(policy),
          at: 'backup/Role',
          reason:
            'AWS Backup is specified by these policies: AWS changes them together with the resources that it copies.',
        }))
      : []),
    ...['builds/Access', 'api/sourceRole', 'api/deploymentsRole', 'api/variablesRole', 'workflows/FetchRole'].map(
      (at) => ({
        rule: `AwsSolutions-IAM5[Resource::${imported('data', 'FnGetAttUploads4F6EB0FDArn5513CBEA')}/*]`,
        at,
        reason: 'Each upload is an object of its own under an id that does not exist yet.',
      }),
    ),
    ...['builds/Access', 'workflows/QueueRole', 'workflows/RemoveWorkloadsRole', 'events/deployment-end'].map((at) => ({
      rule: `AwsSolutions-IAM5[${images}]`,
      at,
      reason: "Each service has a repository of its own, made when it is first built, under the stage's prefix.",
    })),
    ...[
      ['workflows/StopDeploymentsRole', '<Deploy7B206E61.Name>'],
      ['events/deployment-end', deployMachine],
      ['upkeep/ReconcileRole', deployMachine],
    ].map(([at = '', machine = '']) => ({
      rule: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:${machine}:*]`,
      at,
      reason: 'Each execution is named by its deployment; the grant is for one machine, to stop or to look.',
    })),
    ...[
      ['realtime/SocketRole', realtimeApi],
      ['logs/IngestRole', realtimeApi],
      ['events/realtime-push', realtimeApi],
      ['events/exec-run', realtimeApi],
      ['events/realtime-leave', realtimeApi],
    ].map(([at = '', api = '']) => ({
      rule: `AwsSolutions-IAM5[${connections(api, 'POST')}]`,
      at,
      reason: 'A connection is named when a client opens it; the grant is for one API, one stage and sending only.',
    })),
    {
      rule: `AwsSolutions-IAM5[${connections(realtimeApi, 'DELETE')}]`,
      at: 'events/realtime-leave',
      reason: 'A connection is named when a client opens it; the grant is for one API, one stage and closing only.',
    },
    {
      rule: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:<Log95422804>:log-stream:dpl_*/*]',
      at: 'builds/Role',
      reason: 'Each build writes a stream of its own, named by its deployment; IAM cannot tell one build from another.',
    },
    {
      rule: 'AwsSolutions-IAM5[Resource::*]',
      at: 'builds/Access',
      reason: "ecr:GetAuthorizationToken is for the account's registry as a whole: AWS knows no narrower resource.",
    },
    {
      rule: `AwsSolutions-IAM5[Resource::${imported('data', 'FnGetAttTableCD117FA1ArnE2C8C204')}/stream/*]`,
      at: 'events/RelayRole',
      reason: 'dynamodb:ListStreams names the streams of one table; Lambda demands it of the role.',
    },
    {
      rule: 'AwsSolutions-IAM5[Resource::*]',
      at: 'upkeep/CollectRole',
      reason: READ_METRICS,
    },
    { rule: 'AwsSolutions-IAM5[Resource::*]', at: 'workflows/CheckRole', reason: READ_METRICS },
    ...databaseAcknowledgements(stage),
    {
      rule: 'CloudFormation-Validate::F3002',
      at: 'cluster/Cluster',
      reason: 'The schema that the CDK carries is older than the GatewayApi switch of AWS::EKS::Cluster.',
    },
    {
      rule: 'AwsSolutions-S1',
      at: 'data/Uploads',
      reason: 'Every upload is an audited operation of the API, and an archive lives for 30 days.',
    },
    {
      rule: 'AwsSolutions-S1',
      at: 'edge/Site',
      reason: 'It holds the files of the dashboard, which are the same for everybody and no secret.',
    },
    {
      rule: 'AwsSolutions-SMG4',
      at: 'edge/Secret',
      reason:
        'Distribution and functions must change it in one deployment: cdk deploy does, after a new value was made.',
    },
    {
      rule: 'AwsSolutions-CFR1',
      at: 'edge/Distribution',
      reason: 'People of a team may be anywhere; who may come in is decided by their sign-in.',
    },
    {
      rule: 'AwsSolutions-CFR2',
      at: 'edge/Distribution',
      reason:
        "A firewall of CloudFront is in us-east-1: the stage names it once the firewall's stack exists (firewallArn).",
    },
    {
      rule: 'AwsSolutions-CFR3',
      at: 'edge/Distribution',
      reason: "The API's own access log has each call, and the dashboard's files are nobody's.",
    },
    {
      rule: 'AwsSolutions-CFR4',
      at: 'edge/Distribution',
      reason: "CloudFront's own certificate, without a domain of the stage, leaves the protocol to CloudFront.",
    },
    {
      rule: 'AwsSolutions-IAM5[Resource::<SiteE53D7754.Arn>/*]',
      at: 'edge/PublishRole',
      reason: "The files' names hold the hash of their content, which changes with each version.",
    },
    {
      rule: 'AwsSolutions-SMG4',
      at: 'source/GithubApp',
      reason: "GitHub makes the App's keys, and people can change them only by hand. npm run github stores them.",
    },
    {
      rule: 'AwsSolutions-COG2',
      at: 'identity/Users',
      reason: 'A second factor is offered to everybody; a pool that demands one locks out the first owner.',
    },
    {
      rule: 'AwsSolutions-COG8',
      at: 'identity/Users',
      reason: 'The Plus plan quadruples the price of a user; Essentials has what managed login needs.',
    },
    {
      rule: 'AwsSolutions-VPC7',
      at: 'cluster/Network',
      reason: 'Flow logs of a whole platform of apps cost more than its nodes; a team that needs them adds them.',
    },
    {
      rule: 'AwsSolutions-CB4',
      at: 'builds/Project',
      reason: 'A build has no artifacts to encrypt: its image goes to ECR, which encrypts at rest.',
    },
    ...['workflows/Deploy', 'workflows/Delete', 'databases/Database'].map((at) => ({
      rule: 'AwsSolutions-SF1',
      at,
      reason: 'A standard machine keeps the history of each execution for 90 days, and steps log for themselves.',
    })),
    ...['workflows/Deploy', 'workflows/Delete', 'databases/Database'].map((at) => ({
      rule: 'AwsSolutions-SF2',
      at,
      reason: 'The history of an execution holds the time of each step, and a deployment its own record of it.',
    })),
    ...['api/Routes', 'realtime/Routes'].map((at) => ({
      rule: 'AwsSolutions-APIG4',
      at,
      reason:
        'Functions verify tokens and tickets themselves, so that a refusal is problem+json and a revocation holds at once; a test calls every route as a stranger.',
    })),
    {
      rule: 'AwsSolutions-APIG1',
      at: 'realtime/Live',
      reason: 'Access logs of a WebSocket API need a role set for the whole account, which is not ours to set.',
    },
    ...['events/Outbox', 'events/Failures', 'logs/Failures'].map((at) => ({
      rule: 'AwsSolutions-SQS3',
      at: `${at}/DeadLetters`,
      reason: "It is a dead-letter queue: a stream's or a function's, which the rule does not look at.",
    })),
  ];
}

/** Records every acknowledgement on its construct. Throws for a path to nowhere. */
export function acknowledge(app: App, stage: Stage): void {
  for (const { rule, at, reason } of acknowledgements(stage)) {
    let construct: IConstruct = app;
    for (const id of `gantry-${stage.stage}-${at}`.split('/')) construct = construct.node.findChild(id);
    Validations.of(construct).acknowledge({ id: rule, reason });
  }
}

/** Databases come and go at runtime: rights on them use the stage's name prefix, or the stage's tag. */
function databaseAcknowledgements(stage: Stage): Acknowledgement[] {
  const arn = (service: string, resource: string) =>
    `Resource::arn:<AWS::Partition>:${service}:<AWS::Region>:<AWS::AccountId>:${resource}`;
  const servers = ['cluster', 'db'].map((kind) => arn('rds', `${kind}:${databasePrefix(stage)}*`));
  const [clusters = '', instances = ''] = servers;
  const password = arn('secretsmanager', `secret:${passwordPrefix(stage)}*`);
  const master = arn('secretsmanager', 'secret:rds!cluster-*');
  const groups = arn('ec2', 'security-group/*');
  const snapshots = arn('rds', `cluster-snapshot:${databasePrefix(stage)}*`);
  const parameters = arn('rds', `cluster-pg:${databasePrefix(stage)}*`);
  const rows: Readonly<Record<string, readonly string[]>> = {
    'databases/NetworkRole': [groups, 'Resource::*'],
    'databases/ProvisionRole': [...servers, parameters, master],
    'databases/RestoreRole': [...servers, parameters, snapshots, arn('rds', 'og:default:aurora-*')],
    'databases/AdoptRole': [...servers, master],
    'databases/ChangeRole': [clusters],
    'databases/RotateRole': [clusters, master, password],
    'databases/BackUpRole': [clusters, snapshots],
    'databases/EraseBackupRole': [snapshots],
    'databases/AvailableRole': servers,
    'databases/CredentialsRole': [...servers, master, password],
    'databases/ReadyRole': servers,
    'databases/RemoveRole': [...servers, snapshots],
    'databases/ForgetRole': [snapshots, groups, password, 'Resource::*'],
    'databases/CleanUpRole': [...servers, snapshots, groups, password, 'Resource::*'],
    'databases/InspectRole': [clusters, master],
    'workflows/RehearseRole': [password, instances],
    'upkeep/ReconcileRole': [password, ...servers],
    'api/databasesRole': [...servers, master],
    ...Object.fromEntries(
      ['api/execRole', ...['Rollout', 'ReleaseCommand'].map((step) => `workflows/${step}Role`)].map((at) => [
        at,
        [password],
      ]),
    ),
  };
  return Object.entries(rows).flatMap(([at, resources]) =>
    resources.map((resource) => ({
      rule: `AwsSolutions-IAM5[${resource}]`,
      at,
      reason:
        resource === 'Resource::*'
          ? 'ec2:DescribeSecurityGroups knows no resource: it finds a group by its name.'
          : "Each database has names under the stage's prefix, or carries the stage's tag, and is made on request.",
    })),
  );
}
