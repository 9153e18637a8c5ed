/**
 * AWS list prices in US dollars, us-east-1, read from AWS's price pages in November 2026: without free tiers, discounts and taxes. A price marked
 * `unsure` was not found on a page of AWS's own and is a remembered one.
 */
export const PRICES_OF = 'list prices us-east-1, 2026-11';

/** Hours of a month, as AWS counts. */
export const HOURS = 730;

interface Price {
  readonly dollars: number;
  /** What the price is for. */
  readonly per: string;
  readonly unsure?: true;
}

const MILLION = 1_000_000;

/** Billed by the hour or by the month. */
export const STANDING = {
  cluster: { dollars: 0.1, per: 'hour of an EKS cluster' },
  natGateway: { dollars: 0.045, per: 'hour of a NAT gateway' },
  publicAddress: { dollars: 0.005, per: 'hour of a public IPv4 address' },
  loadBalancer: { dollars: 0.0225, per: 'hour of an Application Load Balancer', unsure: true },
  node: { dollars: 0.0336 * 1.12, per: 'hour of a t4g.medium node, with Auto Mode (12 %)', unsure: true },
  key: { dollars: 1, per: 'month of a KMS key' },
  secret: { dollars: 0.4, per: 'month of a secret', unsure: true },
  alarmMetric: { dollars: 0.1, per: 'month of a metric that an alarm looks at', unsure: true },
  customMetric: { dollars: 0.3, per: 'month of a metric of our own' },
  dashboard: { dollars: 3, per: 'month of a dashboard beyond the third', unsure: true },
  storedGigabyte: { dollars: 0.25, per: 'month of a GB in the table', unsure: true },
  capacityUnit: { dollars: 0.12, per: 'hour of an Aurora capacity unit (2 GiB) while a database is used' },
  databaseGigabyte: { dollars: 0.1, per: 'month of a GB in a database' },
  metricRequest: { dollars: 0.01 / 1000, per: 'request of the collector to CloudWatch' },
  databaseBackupGigabyte: {
    dollars: 0.021,
    per: 'month of a GB of backups of databases, beyond the size of the databases',
    unsure: true,
  },
  imageGigabyte: { dollars: 0.1, per: 'month of a GB of images' },
} as const satisfies Record<string, Price>;

/** Billed by use: each unit of the local cloud's meter, and units that exist on AWS only. */
export const USE = {
  'apigateway.requests': 1 / MILLION,
  'cloudfront.requests': 1 / MILLION,
  'codebuild.seconds': 0.005 / 60,
  'dynamodb.rru': 0.125 / MILLION,
  'dynamodb.wru': 0.625 / MILLION,
  'ec2.requests': 0,
  'events.events': 1 / MILLION,
  'kms.requests': 3 / MILLION,
  'lambda.gb-ms': 0.0000133334 / 1000,
  'lambda.requests': 0.2 / MILLION,
  'logs.bytes': 0.5 / 1024 ** 3,
  'rds-data.requests': 0.35 / MILLION,
  'rds.requests': 0,
  's3.requests': 5 / MILLION,
  'secretsmanager.requests': 5 / MILLION,
  'sqs.requests': 0.4 / MILLION,
  'states.transitions': 25 / MILLION,
  'websocket.connection-minutes': 0.25 / MILLION,
  'websocket.messages': 1 / MILLION,
} as const;
