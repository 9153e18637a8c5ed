import { property, resources, type Templates } from '../verify/template.ts';
import { HOURS, STANDING, USE } from './prices.ts';

/** A line of a bill. */
export interface Line {
  readonly what: string;
  readonly amount: number;
  readonly dollars: number;
}

/** The units that AWS bills for something, by the local cloud's meter. */
export type Units = Readonly<Record<string, number>>;

/** The size of an installation. */
export interface Load {
  readonly name: string;
  readonly nodes: number;
  readonly deployments: number;
  readonly calls: number;
  /** For apps, in GB a month. */
  readonly logGigabytes: number;
  readonly imageGigabytes: number;
  /** Hours of a capacity unit for databases: a paused one uses none. */
  readonly databaseHours: number;
  readonly databaseGigabytes: number;
  /** Services that are measured; each has one release with requests and one that stays warm. */
  readonly services: number;
  /** What backups take beyond the size of the databases, which AWS keeps for nothing. */
  readonly databaseBackupGigabytes: number;
  /** What differs between clones and their sources: they share the rest. */
  readonly cloneGigabytes: number;
}

/** Two example installations, per month. */
export const LOADS: readonly Load[] = [
  {
    name: 'small: 5 people, 10 services',
    nodes: 2,
    deployments: 300,
    calls: 300_000,
    logGigabytes: 5,
    imageGigabytes: 10,
    databaseHours: 300,
    databaseGigabytes: 5,
    services: 10,
    databaseBackupGigabytes: 10,
    cloneGigabytes: 1,
  },
  {
    name: 'medium: 50 people, 100 services',
    nodes: 12,
    deployments: 6_000,
    calls: 5_000_000,
    logGigabytes: 100,
    imageGigabytes: 150,
    databaseHours: 10_000,
    databaseGigabytes: 500,
    services: 100,
    databaseBackupGigabytes: 1_000,
    cloneGigabytes: 50,
  },
];

/** The billed units of one deployment and one API call, measured on the local cloud by `npm run bench` (topic units). */
export interface Measured {
  readonly deployment: Units;
  readonly call: Units;
}

/** The cost of a month without activity: counted in the template, plus what the cluster creates itself. */
export function idleMonth(templates: Templates): Line[] {
  const count = (...types: string[]) => resources(templates, ...types).length;
  const alarmMetrics = resources(templates, 'AWS::CloudWatch::Alarm').reduce(
    (sum, placed) => sum + Math.max(1, [property(placed, 'Metrics') ?? []].flat().filter(isMetric).length),
    0,
  );
  const gateways = count('AWS::EC2::NatGateway');
  return [
    line('EKS cluster', count('AWS::EKS::Cluster') * HOURS, STANDING.cluster.dollars),
    line('NAT gateways', gateways * HOURS, STANDING.natGateway.dollars),
    // The load balancer has an address in each public subnet.
    line(
      'public addresses',
      (count('AWS::EC2::EIP') + publicSubnets(templates)) * HOURS,
      STANDING.publicAddress.dollars,
    ),
    line('load balancer, which the Gateway makes', HOURS, STANDING.loadBalancer.dollars),
    line("one node, for the cluster's own pods", HOURS, STANDING.node.dollars),
    line('KMS keys', count('AWS::KMS::Key'), STANDING.key.dollars),
    line('secrets', count('AWS::SecretsManager::Secret'), STANDING.secret.dollars),
    line('metrics that alarms look at', alarmMetrics, STANDING.alarmMetric.dollars),
    line('metrics of our own', customMetrics(templates), STANDING.customMetric.dollars),
  ];
}

/** The cost of a month with a load, the idle month included. */
export function month(templates: Templates, load: Load, measured: Measured): Line[] {
  const more = Math.max(0, load.nodes - 1);
  return [
    ...idleMonth(templates),
    line('nodes for apps, beyond the first', more * HOURS, STANDING.node.dollars),
    line('deployments', load.deployments, priceOf(measured.deployment)),
    line('calls of the API', load.calls, priceOf(measured.call)),
    line('GB of logs of apps', load.logGigabytes, USE['logs.bytes'] * 1024 ** 3),
    line('GB of images', load.imageGigabytes, STANDING.imageGigabyte.dollars),
    line('hours of a capacity unit of databases', load.databaseHours, STANDING.capacityUnit.dollars),
    line('GB of databases', load.databaseGigabytes, STANDING.databaseGigabyte.dollars),
    line('runs of the collector of metrics', MINUTES, priceOf(COLLECTED)),
    line('minutes of services in the table', load.services * MINUTES, priceOf(MINUTE_OF_SERVICE)),
    line('minutes of services that alerts read', load.services * MINUTES, priceOf(MINUTE_OF_ALERTS)),
    line(
      'requests for metrics of the load balancer',
      Math.max(0, load.services * readings(templates) - FREE_REQUESTS),
      STANDING.metricRequest.dollars,
    ),
    line('GB of their backups', load.databaseBackupGigabytes, STANDING.databaseBackupGigabyte.dollars),
    line('GB that clones do not share', load.cloneGigabytes, STANDING.databaseGigabyte.dollars),
  ];
}

/** Minutes of a month. */
const MINUTES = HOURS * 60;
/** One run of the collector: a function of 512 MB for half a second, which lists a table that is mostly empty. Computed. */
const COLLECTED: Units = { 'lambda.requests': 1, 'lambda.gb-ms': 250, 'dynamodb.rru': 1 };
/** A look and traffic write a minute twice, and three roll-ups a fifth, a fifth and a thirtieth of once more, with the reads before. Computed. */
const MINUTE_OF_SERVICE: Units = { 'dynamodb.wru': 2.43, 'dynamodb.rru': 2.6 };
/** Requests for a release with traffic, which asks for its times too, and for the one before, which has none. Failures are rare. */
const REQUESTS_READ = 2 + 1;
/** Requests to CloudWatch that AWS gives away each month. https://aws.amazon.com/cloudwatch/pricing/ */
const FREE_REQUESTS = 1_000_000;
/** Three alerts of a service, and the last eleven minutes of it: 13 KB. Computed. */
const MINUTE_OF_ALERTS: Units = { 'dynamodb.rru': 4 };

/** How many requests for the metrics of one service are sent in a month. */
function readings(templates: Templates): number {
  const functions = resources(templates, 'AWS::Lambda::Function');
  const every = functions
    .map((placed) => Number(property(placed, 'Environment.Variables.TRAFFIC_MINUTES')))
    .find(Boolean);
  if (every === undefined) throw new Error('no function says how often it reads the traffic of apps');
  return (REQUESTS_READ * MINUTES) / every;
}

/** The price of counted units. Throws for a unit without a price, because a cost must be complete. */
export function priceOf(units: Units): number {
  return Object.entries(units).reduce((sum, [unit, amount]) => {
    const price = (USE as Readonly<Record<string, number>>)[unit];
    if (price === undefined) throw new Error(`The meter counts ${unit}: add its price to infra/cost/prices.ts.`);
    return sum + amount * price;
  }, 0);
}

export const totalOf = (lines: readonly Line[]) => lines.reduce((sum, { dollars }) => sum + dollars, 0);

function line(what: string, amount: number, price: number): Line {
  return { what, amount, dollars: amount * price };
}

const isMetric = (query: unknown) => typeof query === 'object' && query !== null && 'MetricStat' in query;

function publicSubnets(templates: Templates): number {
  return resources(templates, 'AWS::EC2::Subnet').filter((placed) => property(placed, 'MapPublicIpOnLaunch') === true)
    .length;
}

/** Names of metrics in Gantry's namespace with dimensions that alarms and the dashboard do not show: kinds of calls. */
function customMetrics(templates: Templates): number {
  const KINDS = 6;
  const PER_KIND = 3;
  const alarms = JSON.stringify(resources(templates, 'AWS::CloudWatch::Alarm'));
  const own = ['Calls', 'Faults', 'EventAge', 'DeadLetters', 'PendingPods', 'UnreadyShare', 'FunctionFailures'];
  return own.filter((name) => alarms.includes(name)).length + KINDS * PER_KIND;
}
