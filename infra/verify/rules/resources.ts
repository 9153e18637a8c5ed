import { type Finding, type Placed, property, resources, type Templates, textsIn } from '../template.ts';

/** Resources with data: kept when their stack is deleted, if the stage keeps anything. */
const PRECIOUS = [
  'AWS::DynamoDB::Table',
  'AWS::S3::Bucket',
  'AWS::Cognito::UserPool',
  'AWS::Cognito::UserPoolUser',
  'AWS::KMS::Key',
];

/** The property that gives a resource its physical name. */
const NAMES: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::Cognito::UserPool': 'UserPoolName',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::Events::EventBus': 'Name',
  'AWS::SecretsManager::Secret': 'Name',
  'AWS::ECR::Repository': 'RepositoryName',
  'AWS::EKS::Cluster': 'Name',
  'AWS::Backup::BackupVault': 'BackupVaultName',
};

/** A deleted secret keeps its name for 7 to 30 days: https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html */
const NAME_OUTLIVES = ['AWS::SecretsManager::Secret'];

/** Every rule about single resources. `keeps` says whether the stage keeps resources with data. */
export function resourceFindings(templates: Templates, keeps: boolean): Finding[] {
  return [
    ...resources(templates).flatMap(fixedName),
    ...resources(templates).flatMap(writtenOutPartition),
    ...resources(templates, 'AWS::S3::Bucket').flatMap(openBucket),
    ...resources(templates, 'AWS::EC2::SecurityGroup', 'AWS::EC2::SecurityGroupIngress').flatMap(openPort),
    ...resources(templates).flatMap(plainText),
    ...resources(templates, 'AWS::Logs::LogGroup').flatMap(endlessLog),
    ...resources(templates, 'AWS::DynamoDB::Table').flatMap(unrecoverable),
    ...(keeps ? resources(templates, ...PRECIOUS).flatMap(lost) : []),
    ...resources(templates).flatMap(leftBehind),
  ];
}

function nameOf(placed: Placed): unknown {
  const name = NAMES[placed.resource.Type];
  return name === undefined ? undefined : property(placed, name);
}

function isKept({ resource }: Placed): boolean {
  return resource.DeletionPolicy?.startsWith('Retain') === true;
}

/** A retained resource with a fixed name blocks the next installation, which wants that name. */
function fixedName(placed: Placed): Finding[] {
  const outlives = isKept(placed) || NAME_OUTLIVES.includes(placed.resource.Type);
  const name = JSON.stringify(nameOf(placed));
  // A name that includes the stack's id differs in each installation.
  if (!outlives || name === undefined || name.includes('AWS::StackId')) return [];
  const what = `has the fixed name ${name}, which outlives it: let CloudFormation name it`;
  return [{ rule: 'fixed-name', at: placed.at, what }];
}

/** Only resources with data may stay: anything else that stays is forgotten. */
function leftBehind(placed: Placed): Finding[] {
  if (!isKept(placed) || PRECIOUS.includes(placed.resource.Type)) return [];
  if (placed.resource.Type === 'AWS::Backup::BackupVault') return [];
  return [{ rule: 'left-behind', at: placed.at, what: 'stays when its stack is deleted, and holds no data' }];
}

function lost(placed: Placed): Finding[] {
  if (isKept(placed)) return [];
  return [{ rule: 'retention', at: placed.at, what: 'is deleted with its stack, and holds data' }];
}

/** An ARN with an account came from the operator: no other ARN has an account before the deployment. */
function writtenOutPartition({ at, resource }: Placed): Finding[] {
  const seen = [...textsIn(resource.Properties)].filter(({ text }) =>
    /\barn:aws[a-z-]*:(?![a-z0-9-]+:[a-z0-9-]*:\d{12}:)/.test(text),
  );
  return seen.map(({ path, text }) => ({
    rule: 'partition',
    at: `${at}/${path}`,
    what: `writes a partition out (${text.slice(0, 60)}): use AWS::Partition`,
  }));
}

function openBucket(placed: Placed): Finding[] {
  const blocks = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'];
  const open = blocks.filter((block) => property(placed, `PublicAccessBlockConfiguration.${block}`) !== true);
  return open.length === 0 ? [] : [{ rule: 'public-access', at: placed.at, what: `lacks ${open.join(', ')}` }];
}

function openPort(placed: Placed): Finding[] {
  const texts = [...textsIn(placed.resource.Properties)];
  const open = texts.filter(({ path, text }) => /CidrIp(v6)?$/.test(path) && /^(0\.0\.0\.0|::)\/0$/.test(text));
  const ingress = open.filter(({ path }) => !path.startsWith('SecurityGroupEgress'));
  return ingress.length === 0 ? [] : [{ rule: 'public-access', at: placed.at, what: 'opens a port to everybody' }];
}

function plainText(placed: Placed): Finding[] {
  const encrypted: Readonly<Record<string, readonly string[]>> = {
    'AWS::S3::Bucket': ['BucketEncryption'],
    'AWS::SQS::Queue': ['SqsManagedSseEnabled', 'KmsMasterKeyId'],
    'AWS::ECR::Repository': ['EncryptionConfiguration'],
    'AWS::RDS::DBInstance': ['StorageEncrypted'],
  };
  const settings = encrypted[placed.resource.Type];
  if (settings === undefined || settings.some((setting) => property(placed, setting))) return [];
  return [{ rule: 'encryption', at: placed.at, what: `sets none of ${settings.join(', ')}` }];
}

function endlessLog(placed: Placed): Finding[] {
  if (typeof property(placed, 'RetentionInDays') === 'number') return [];
  return [{ rule: 'retention', at: placed.at, what: 'keeps its lines for ever' }];
}

function unrecoverable(placed: Placed): Finding[] {
  if (property(placed, 'PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled') === true) return [];
  return [{ rule: 'retention', at: placed.at, what: 'has no point-in-time recovery' }];
}
