import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Vpc } from 'aws-cdk-lib/aws-ec2';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Stage } from '../stage.ts';
import { allow, type Link, settings } from './links.ts';

/** The prefix of the names of a stage's clusters, snapshots and groups. */
export function databasePrefix({ stage }: Stage): string {
  return `gantry-${stage}-`;
}

/** The prefix of the names of the secrets with apps' passwords. */
export function passwordPrefix({ stage }: Stage): string {
  return `gantry-${stage}/databases/`;
}

interface Databases {
  readonly stage: Stage;
  readonly key: Key;
  readonly vpc: Vpc;
  readonly subnetGroup: string;
}

/**
 * The rights of the steps of machine `database`, and of functions that give a database to an app. Each right is only
 * for resources with the stage's tag or name.
 */
export function databaseLinks({ stage, key, vpc, subnetGroup }: Databases) {
  const prefix = databasePrefix(stage);
  const network = settings({ NETWORK_ID: vpc.vpcId });
  const passwords = settings({ DATABASE_SECRETS: passwordPrefix(stage) });
  const keyName = settings({ DATABASES_KEY: key.keyArn });
  const grants = (...made: ((user: Stack) => PolicyStatement)[]): Link => {
    return (user) => {
      for (const make of made) user.addToRolePolicy(make(Stack.of(user)));
    };
  };
  const tagged = (statement: PolicyStatement, kind: 'RequestTag' | 'ResourceTag') => {
    statement.addCondition('StringEquals', { [`aws:${kind}/gantry:stage`]: stage.stage });
    return statement;
  };
  const rds = (stack: Stack, kind: string, name = `${prefix}*`) =>
    stack.formatArn({ service: 'rds', resource: kind, resourceName: name, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  const secret = (stack: Stack, name: string) =>
    stack.formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: name,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  const group = (stack: Stack) => stack.formatArn({ service: 'ec2', resource: 'security-group', resourceName: '*' });
  const withKey =
    (sid: string, services: readonly string[], ...actions: string[]) =>
    (stack: Stack) => {
      const statement = allow(sid, actions, key.keyArn);
      const via = services.map((service) => `${service}.${stack.region}.amazonaws.com`);
      statement.addCondition('StringEquals', { 'kms:ViaService': via });
      return statement;
    };
  const ownSecret =
    (sid: string, ...actions: string[]) =>
    (stack: Stack) =>
      allow(sid, actions, secret(stack, `${passwordPrefix(stage)}*`));
  const findGroups = () => allow('FindGroups', ['ec2:DescribeSecurityGroups'], '*');

  const place = settings({ DATABASE_GROUP: subnetGroup, DATABASE_PARAMETERS: `gantry-${stage.stage}` });
  const makeMasterPassword = (stack: Stack) =>
    allow(
      'MakeMasterPassword',
      ['secretsmanager:CreateSecret', 'secretsmanager:TagResource'],
      secret(stack, 'rds!cluster-*'),
    );
  const encryptServer = (services: readonly string[]) =>
    withKey('EncryptServer', services, 'kms:DescribeKey', 'kms:CreateGrant', 'kms:Decrypt', 'kms:GenerateDataKey');
  const seeBackups = grants((stack) =>
    allow('SeeBackups', ['rds:DescribeDBClusterSnapshots'], rds(stack, 'cluster-snapshot')),
  );

  /** RDS keeps the master user's password. The secret names its cluster. */
  const masterSecret = (stack: Stack) => {
    const statement = allow('ReadMasterPassword', ['secretsmanager:GetSecretValue'], secret(stack, 'rds!cluster-*'));
    const ofStage = rds(stack, 'cluster');
    statement.addCondition('StringLike', { 'secretsmanager:ResourceTag/aws:rds:primaryDBClusterArn': ofStage });
    return statement;
  };
  const see = grants((stack) =>
    allow('SeeServers', ['rds:DescribeDBClusters', 'rds:DescribeDBInstances'], rds(stack, 'cluster'), rds(stack, 'db')),
  );
  const runSql = grants(
    (stack) => allow('RunSql', ['rds-data:ExecuteStatement'], rds(stack, 'cluster')),
    masterSecret,
    withKey('OpenPasswords', ['secretsmanager'], 'kms:Decrypt'),
  );
  return {
    /** Makes a database's security group. */
    makeGroup: all(
      network,
      grants(
        (stack) => tagged(allow('MakeGroup', ['ec2:CreateSecurityGroup'], group(stack)), 'RequestTag'),
        (stack) =>
          allow(
            'MakeGroupInNetwork',
            ['ec2:CreateSecurityGroup'],
            stack.formatArn({ service: 'ec2', resource: 'vpc', resourceName: vpc.vpcId }),
          ),
        (stack) => {
          const statement = allow('TagGroup', ['ec2:CreateTags'], group(stack));
          statement.addCondition('StringEquals', { 'ec2:CreateAction': 'CreateSecurityGroup' });
          return statement;
        },
        (stack) => tagged(allow('OpenGroup', ['ec2:AuthorizeSecurityGroupIngress'], group(stack)), 'ResourceTag'),
        findGroups,
      ),
    ),
    /** Makes servers. */
    makeServer: all(
      place,
      keyName,
      grants(
        (stack) =>
          tagged(
            allow(
              'MakeServer',
              ['rds:CreateDBCluster', 'rds:CreateDBInstance', 'rds:AddTagsToResource'],
              ...['cluster', 'db', 'cluster-pg'].map((kind) => rds(stack, kind)),
              rds(stack, 'subgrp', subnetGroup),
            ),
            'RequestTag',
          ),
        makeMasterPassword,
        encryptServer(['rds', 'secretsmanager']),
      ),
    ),
    /** Makes servers from backups and from other servers. RDS asks for the group of options too, which nobody chooses. */
    restoreServer: all(
      place,
      keyName,
      grants(
        (stack) =>
          tagged(
            allow(
              'RestoreServer',
              [
                ...['rds:RestoreDBClusterFromSnapshot', 'rds:RestoreDBClusterToPointInTime'],
                ...['rds:CreateDBInstance', 'rds:AddTagsToResource'],
              ],
              ...['cluster', 'db', 'cluster-pg', 'cluster-snapshot'].map((kind) => rds(stack, kind)),
              rds(stack, 'subgrp', subnetGroup),
              rds(stack, 'og', 'default:aurora-*'),
            ),
            'RequestTag',
          ),
        encryptServer(['rds']),
      ),
    ),
    /** Makes a restored server one of the platform's: a master password that RDS keeps, and the Data API. */
    adoptServer: all(
      keyName,
      see,
      grants(
        (stack) =>
          tagged(
            allow('AdoptServer', ['rds:ModifyDBCluster', 'rds:EnableHttpEndpoint'], rds(stack, 'cluster')),
            'ResourceTag',
          ),
        makeMasterPassword,
        encryptServer(['secretsmanager']),
      ),
    ),
    /** Changes the size of a server, and how many days it can be restored. */
    changeServer: grants((stack) =>
      tagged(allow('ChangeServer', ['rds:ModifyDBCluster'], rds(stack, 'cluster')), 'ResourceTag'),
    ),
    seeBackups,
    /** Makes backups. */
    makeBackup: all(
      seeBackups,
      grants((stack) =>
        tagged(
          allow(
            'MakeBackup',
            ['rds:CreateDBClusterSnapshot', 'rds:AddTagsToResource'],
            rds(stack, 'cluster'),
            rds(stack, 'cluster-snapshot'),
          ),
          'RequestTag',
        ),
      ),
    ),
    /** Removes backups. */
    removeBackup: all(
      seeBackups,
      grants((stack) =>
        tagged(allow('RemoveBackup', ['rds:DeleteDBClusterSnapshot'], rds(stack, 'cluster-snapshot')), 'ResourceTag'),
      ),
    ),
    see,
    /** Reads the logs of servers, in which statements stand that failed. */
    readLogs: grants((stack) =>
      allow('ReadServerLogs', ['rds:DescribeDBLogFiles', 'rds:DownloadDBLogFilePortion'], rds(stack, 'db')),
    ),
    runSql,
    /** Makes the user that apps have. */
    letIn: all(
      passwords,
      keyName,
      see,
      runSql,
      grants(
        ownSecret('KeepPassword', 'secretsmanager:CreateSecret', 'secretsmanager:TagResource'),
        ownSecret('ReadPassword', 'secretsmanager:GetSecretValue'),
        withKey('EncryptPassword', ['secretsmanager'], 'kms:GenerateDataKey'),
      ),
    ),
    /** Lets the other user of apps in. */
    rotate: all(
      passwords,
      keyName,
      runSql,
      grants(
        ownSecret(
          'RenewPassword',
          ...['secretsmanager:CreateSecret', 'secretsmanager:TagResource', 'secretsmanager:PutSecretValue'],
          'secretsmanager:GetSecretValue',
        ),
        withKey('EncryptPassword', ['secretsmanager'], 'kms:GenerateDataKey'),
      ),
    ),
    /** Reads the passwords that apps have. */
    readPasswords: all(
      passwords,
      grants(
        ownSecret('ReadPassword', 'secretsmanager:GetSecretValue'),
        withKey('OpenPasswords', ['secretsmanager'], 'kms:Decrypt'),
      ),
    ),
    /** Removes servers. */
    removeServer: all(
      see,
      grants((stack) =>
        tagged(
          allow(
            'RemoveServer',
            ['rds:ModifyDBCluster', 'rds:DeleteDBCluster', 'rds:DeleteDBInstance'],
            rds(stack, 'cluster'),
            rds(stack, 'db'),
          ),
          'ResourceTag',
        ),
      ),
    ),
    /** Makes a backup of a removed database. */
    keepBackup: grants((stack) => allow('KeepLastBackup', ['rds:DeleteDBCluster'], rds(stack, 'cluster-snapshot'))),
    /** Removes the resources around a server. */
    removeAround: all(
      network,
      passwords,
      grants(
        ownSecret('ErasePassword', 'secretsmanager:DeleteSecret'),
        (stack) => tagged(allow('RemoveGroup', ['ec2:DeleteSecurityGroup'], group(stack)), 'ResourceTag'),
        findGroups,
      ),
    ),
  };
}

/** Several links as one. */
function all(...links: readonly Link[]): Link {
  return (user) => {
    for (const link of links) link(user);
  };
}
