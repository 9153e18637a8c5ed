import { database } from '@gantry/statemachines/database.ts';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnDBClusterParameterGroup, CfnDBSubnetGroup } from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';
import { databaseLinks } from '../constructs/database-links.ts';
import { type Link, tableRead, tableReadWrite } from '../constructs/links.ts';
import { removalPolicy } from '../constructs/logs.ts';
import { GantryMachine } from '../constructs/machine.ts';
import type { Platform } from '../constructs/platform.ts';
import { stepsOf } from '../constructs/steps.ts';
import type { ClusterStack } from './cluster.ts';
import type { DataStack } from './data.ts';

export interface DatabasesProps {
  readonly platform: Platform;
  readonly data: DataStack;
  readonly cluster: ClusterStack;
}

/** The versions with parameters: those of `layers/core/databases/engines`. */
const POSTGRES = ['17', '18'];

/** Databases of apps: the network and the key of their servers, and the machine that makes and removes them. */
export class DatabasesStack extends Stack {
  readonly machine: GantryMachine;
  /** Runs statements as a database's master user. */
  readonly runSql: Link;
  /** Reads the passwords that apps have. */
  readonly readPasswords: Link;
  /** Reads servers, and the moments to which they can be restored. */
  readonly see: Link;
  /** Reads the logs of servers. */
  readonly readLogs: Link;

  constructor(scope: Construct, id: string, { platform, data, cluster }: DatabasesProps) {
    const { stage } = platform;
    super(scope, id, { description: `Gantry ${stage.stage}: databases` });
    const key = new Key(this, 'Key', {
      description: `Encrypts the databases of Gantry ${stage.stage}, their backups and their passwords`,
      enableKeyRotation: true,
      removalPolicy: removalPolicy(stage),
    });
    const subnets = new CfnDBSubnetGroup(this, 'Subnets', {
      dbSubnetGroupName: `gantry-${stage.stage}`,
      dbSubnetGroupDescription: 'No way leads from these subnets to the internet, and none from it',
      subnetIds: cluster.vpc.isolatedSubnets.map(({ subnetId }) => subnetId),
    });
    for (const version of POSTGRES)
      new CfnDBClusterParameterGroup(this, `Postgres${version}`, {
        dbClusterParameterGroupName: `gantry-${stage.stage}-postgres-${version}`,
        description: `PostgreSQL ${version} of Gantry ${stage.stage}`,
        family: `aurora-postgresql${version}`,
        parameters: { 'rds.force_ssl': '1', password_encryption: 'scram-sha-256' },
      });
    const links = databaseLinks({ stage, key, vpc: cluster.vpc, subnetGroup: subnets.ref });
    this.runSql = links.runSql;
    this.readPasswords = links.readPasswords;
    this.see = links.see;
    this.readLogs = links.readLogs;
    const table = tableReadWrite(data.table);
    this.machine = new GantryMachine(this, 'Database', {
      platform,
      table: database,
      steps: stepsOf(this, platform, 'database', database, [table], {
        Begin: { links: [tableRead(data.table)] },
        Network: { links: [table, links.makeGroup] },
        Provision: { links: [table, links.makeServer] },
        Restore: { links: [table, links.restoreServer] },
        Adopt: { links: [tableRead(data.table), links.adoptServer] },
        Available: { links: [table, links.see] },
        Credentials: { links: [table, links.letIn] },
        Ready: { links: [table, links.see] },
        Inspect: { links: [table, links.runSql] },
        Change: { links: [table, links.changeServer] },
        Rotate: { links: [table, links.rotate] },
        BackUp: { links: [table, links.makeBackup] },
        EraseBackup: { links: [table, links.removeBackup] },
        Remove: { links: [table, links.removeServer, links.keepBackup] },
        Forget: { links: [table, links.removeAround, links.seeBackups] },
        CleanUp: { links: [table, links.removeServer, links.removeAround, links.removeBackup] },
      }),
    });
    new CfnOutput(this, 'DatabaseMachine', { value: this.machine.stateMachineArn, description: 'Makes databases' });
    new CfnOutput(this, 'DatabasesKey', { value: key.keyId, description: 'Encrypts databases and their backups' });
  }
}
