import { Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { BackupPlan, BackupPlanRule, BackupResource, BackupVault } from 'aws-cdk-lib/aws-backup';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Stage } from '../stage.ts';
import type { DataStack } from './data.ts';

/** How long a daily backup is kept. The table's point-in-time recovery covers the same days to the second; a backup outlives the table. */
const KEPT = Duration.days(35);

/** Daily copies of the table and the uploads, in a vault that survives the stack. Only for a stage that keeps its data. */
export class BackupStack extends Stack {
  constructor(scope: Construct, id: string, stage: Stage, { table, uploads }: DataStack) {
    super(scope, id, { description: `Gantry ${stage.stage}: backups` });
    // A vault must have a name, of 50 characters at most, and this one outlives the stack: the name has the first part of the stack's own id.
    const own = Fn.select(0, Fn.split('-', Fn.select(2, Fn.split('/', this.stackId))));
    const vault = new BackupVault(this, 'Vault', {
      backupVaultName: `gantry-${stage.stage}-${own}`,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('backup.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
      description: 'Copies the table and the uploads into the vault',
      managedPolicies: [
        ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSBackupServiceRolePolicyForBackup'),
        ManagedPolicy.fromAwsManagedPolicyName('AWSBackupServiceRolePolicyForS3Backup'),
      ],
    });
    const plan = new BackupPlan(this, 'Plan', {
      backupVault: vault,
      backupPlanRules: [
        new BackupPlanRule({
          ruleName: 'Daily',
          scheduleExpression: Schedule.cron({ hour: '3', minute: '0' }),
          startWindow: Duration.hours(1),
          completionWindow: Duration.hours(8),
          deleteAfter: KEPT,
        }),
      ],
    });
    plan.addSelection('Data', {
      role,
      resources: [BackupResource.fromDynamoDbTable(table), BackupResource.fromArn(uploads.bucketArn)],
    });
  }
}
