import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { BlockPublicAccess, Bucket, BucketEncryption, HttpMethods, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { TABLE_INDEX } from '../constructs/links.ts';
import { removalPolicy } from '../constructs/logs.ts';
import type { Stage } from '../stage.ts';

/**
 * The state of the control plane: one table, and the uploaded source archives. The table is made last: it is protected from deletion, so a first
 * deployment that fails later could not be rolled back.
 */
export class DataStack extends Stack {
  readonly table: Table;
  readonly uploads: Bucket;

  constructor(scope: Construct, id: string, stage: Stage) {
    super(scope, id, { description: `Gantry ${stage.stage}: table and uploads` });
    const keep = stage.removalPolicy === 'retain';
    this.uploads = new Bucket(this, 'Uploads', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      // AWS Backup copies versioned buckets only.
      versioned: keep,
      lifecycleRules: [
        {
          expiration: Duration.days(30),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
          ...(keep && { noncurrentVersionExpiration: Duration.days(7) }),
        },
      ],
      // A presigned address is the permission; the origin of the browser's page adds nothing.
      cors: [{ allowedMethods: [HttpMethods.PUT], allowedOrigins: ['*'], allowedHeaders: ['*'], maxAge: 3600 }],
      removalPolicy: removalPolicy(stage),
    });
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'ttl',
      deletionProtection: keep && stage.deletionProtection,
      removalPolicy: removalPolicy(stage),
    });
    this.table.addGlobalSecondaryIndex({
      indexName: TABLE_INDEX,
      partitionKey: { name: `${TABLE_INDEX}pk`, type: AttributeType.STRING },
      sortKey: { name: `${TABLE_INDEX}sk`, type: AttributeType.STRING },
      projectionType: ProjectionType.ALL,
    });
    new CfnOutput(this, 'TableName', { value: this.table.tableName, description: 'Everything that Gantry remembers' });
    this.table.node.addDependency(this.uploads);
  }
}
