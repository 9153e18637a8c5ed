import { existsSync, readFileSync } from 'node:fs';
import { LINES_PER_SECOND } from '@gantry/contract/log-line.ts';
import { getDomain } from 'tldts';
import * as z from 'zod';

/** Sizes that a team changes as it grows. The defaults suit a small team. */
const Sizes = z.strictObject({
  /** Memory of an ordinary function, in MiB. CPU grows with it. */
  functionMemory: z.int().min(128).max(10_240).default(512),
  /** CodeBuild compute of one build. */
  buildCompute: z.enum(['small', 'medium', 'large']).default('small'),
  /**
   * How many builds run at once, in all and per team: the others wait. A new account may run a single build, and CodeBuild queues five more; further ones
   * fail. https://docs.aws.amazon.com/codebuild/latest/userguide/limits.html
   */
  buildsAtOnce: z.int().min(1).max(500).default(5),
  buildsOfATeam: z.int().min(1).max(500).default(3),
  /** The number of availability zones of the network, default two; `zones` names them. */
  availabilityZones: z.int().min(2).max(3).optional(),
  /** One NAT gateway is a single point of failure for outgoing traffic; one per zone multiplies the cost. */
  natGateways: z.int().min(1).max(3).default(1),
  /** How long logs are kept, in days: one of the values of CloudWatch Logs. */
  logDays: z.union([z.literal(7), z.literal(30), z.literal(90), z.literal(365)]).default(30),
  /** How many lines a second of a replica are kept, after a burst of twice as many; a line counts once per KB. */
  logLinesPerSecond: z.int().min(10).max(100_000).default(LINES_PER_SECOND),
  /** How long an app's pod keeps serving after its stop signal: the load balancer needs most of that time to remove the pod. */
  drainSeconds: z.int().min(1).max(120).default(15),
  /** How many web services share the load balancer: it has 100 target groups, and a service needs up to three during a release change. */
  servicesPerGateway: z.int().min(1).max(10_000).default(30),
  /** How often, in minutes, the traffic of apps is read from CloudWatch: each reading of a metric has its price, however many minutes it holds. */
  trafficMinutes: z.int().min(1).max(5).default(5),
});

const DomainName = z
  .string()
  .regex(/^([a-z0-9-]+\.)+[a-z]{2,}$/, 'use a domain name such as apps.example.com')
  .refine((domain) => getDomain(domain) !== null, 'use a domain that one can register, or a name below it');
const HostedZoneId = z
  .string()
  .regex(/^Z[A-Z0-9]{1,31}$/, 'use the id of a public hosted zone, such as Z0123456789ABCDEFGHIJ');

/** Accounts in AWS's documentation, which a copied example may contain. */
const EXAMPLE_ACCOUNTS = /:(111122223333|123456789012|444455556666|000000000000):/;

/** One stage of Gantry: every difference between two installations. */
const Fields = z.strictObject({
  /** The prefix of every physical name, so that two stages can share an account. */
  stage: z.string().regex(/^[a-z][a-z0-9-]{0,15}$/, 'use 1 to 16 of a-z, 0-9 and -, starting with a letter'),
  /** The only account at the start: everybody else needs an invitation. This address also receives the alarms. */
  firstOwnerEmail: z.email("name the first owner's e-mail address"),
  /** The host name of the dashboard, the API and live connections. Default: the distribution's own name. */
  domain: DomainName.optional(),
  /** The zone of Route 53 for that name: the certificate and the records are created there. */
  domainHostedZoneId: HostedZoneId.optional(),
  /** The certificate for the name, which CloudFront requires in us-east-1: the one that the stack `firewall` prints, or your own. */
  domainCertificateArn: z
    .string()
    .regex(/^arn:[a-z-]+:acm:us-east-1:\d{12}:certificate\/.+$/, "use a certificate's ARN in us-east-1")
    .optional(),
  /** A domain for apps only, because apps get cookies and scripts of all names below it. Without one, apps answer by Host header only. */
  appsDomain: DomainName.optional(),
  /** The zone of Route 53 with the apps' domain: their certificate and record are created there. */
  appsHostedZoneId: HostedZoneId.optional(),
  /** A certificate for `*.<appsDomain>` in the stage's region, if the domain's zone is elsewhere. */
  appsCertificateArn: z
    .string()
    .regex(/^arn:[a-z-]+:acm:[a-z0-9-]+:\d{12}:certificate\/.+$/, "use a certificate's ARN")
    .optional(),
  /** An IAM role that gets full access to the cluster, for people with kubectl. */
  clusterAdminRoleArn: z
    .string()
    .regex(/^arn:[a-z-]+:iam::\d{12}:role\/.+$/, "use a role's ARN")
    .refine(
      (arn) => !EXAMPLE_ACCOUNTS.test(arn),
      'name a role of your own account: EKS refuses one that does not exist',
    )
    .optional(),
  /** The firewall of the dashboard's distribution: the ARN that the stack `firewall` prints. Without one there are no rate rules. */
  firewallArn: z
    .string()
    .regex(
      /^arn:[a-z-]+:wafv2:us-east-1:\d{12}:global\/webacl\/.+$/,
      "use a web ACL's ARN in us-east-1, of scope CLOUDFRONT",
    )
    .optional(),
  /** `retain` keeps the table, the uploads, the user pool and the key of variables when a stack is deleted; logs are deleted. */
  removalPolicy: z.enum(['retain', 'destroy']).default('retain'),
  /**
   * Whether the table and the user pool of a stage that retains them are protected from deletion. If a first deployment
   * fails, AWS rolls it back, and cannot delete protected resources. So `gantry-ops deploy` protects them once every
   * stack exists.
   */
  deletionProtection: z.boolean().default(true),
  /** Whether sources may be fetched from private, link-local and loopback addresses: only if every member may reach everything in this network. */
  privateSources: z.boolean().default(false),
  /** How often records are compared with the cluster, in minutes. */
  reconcileMinutes: z.int().min(1).max(60).default(5),
  /**
   * The availability zones of the network by name, if the region's first ones are unsuitable. EKS refuses a few, such as the zone with the id
   * `use1-az3`, whose name differs between accounts. https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
   */
  zones: z
    .array(z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, 'use names of availability zones such as eu-central-1a'))
    .min(2)
    .max(3)
    .optional(),
  sizes: Sizes.prefault({}),
});

/** A stage's fields, and the conditions between them. */
export const Stage = Fields.superRefine((stage, context) => {
  const refuse = (path: readonly string[], message: string) =>
    context.addIssue({ code: 'custom', path: [...path], message });
  const { zones, sizes } = stage;
  const { domain, appsDomain } = stage;
  for (const field of ['domainHostedZoneId', 'domainCertificateArn'] as const)
    if (stage[field] !== undefined && domain === undefined) refuse([field], 'name the domain that it is for');
  if (domain !== undefined && (stage.domainHostedZoneId ?? stage.domainCertificateArn) === undefined)
    refuse(['domain'], 'name its domainHostedZoneId, or the domainCertificateArn for it: it needs a certificate');
  if (domain !== undefined && appsDomain !== undefined && getDomain(domain) === getDomain(appsDomain))
    refuse(
      ['appsDomain'],
      "register another domain for apps than the dashboard's: a browser would treat both as one site",
    );
  for (const field of ['appsHostedZoneId', 'appsCertificateArn'] as const)
    if (stage[field] !== undefined && stage.appsDomain === undefined)
      refuse([field], 'name the appsDomain that it is for');
  const count = zonesOf(stage);
  if (zones !== undefined && new Set(zones).size < zones.length) refuse(['zones'], 'name each zone once');
  if (zones !== undefined && (sizes.availabilityZones ?? zones.length) !== zones.length)
    refuse(['sizes', 'availabilityZones'], `leave it out, or make it ${zones.length}: so many zones are named`);
  if (sizes.natGateways > count)
    refuse(['sizes', 'natGateways'], `use at most one for each of the ${count} availability zones`);
});
export type Stage = z.infer<typeof Stage>;

/** Whether apps answer over TLS: their domain has a certificate. */
export function isSecure({ appsDomain, appsHostedZoneId, appsCertificateArn }: Stage): boolean {
  return appsDomain !== undefined && (appsHostedZoneId ?? appsCertificateArn) !== undefined;
}

/** How many availability zones the network spans. */
export function zonesOf({ zones, sizes }: Pick<z.infer<typeof Fields>, 'zones' | 'sizes'>): number {
  return zones?.length ?? sizes.availabilityZones ?? 2;
}

/** The stage of one machine. */
export const LOCAL_STAGE = 'local';

/** What `cdk synth` builds without any configuration; also what the local cloud boots from. */
const LOCAL = {
  stage: LOCAL_STAGE,
  firstOwnerEmail: 'owner@example.com',
  removalPolicy: 'destroy',
  privateSources: true,
  // The local proxy reacts at once, has as many target groups as it needs, and its metrics are free. Builds share the machine with everything else.
  sizes: { drainSeconds: 5, servicesPerGateway: 10_000, trafficMinutes: 1, buildsAtOnce: 6, buildsOfATeam: 4 },
};

const FILE = 'gantry.stage.json';

/** Thrown for an unusable configuration of the stage; the message names the field and the remedy. */
export class StageError extends Error {
  override readonly name = 'StageError';
}

/**
 * Reads the stage's configuration. Later sources win, field by field: the built-in stage `local` (only without a stage name), `gantry.stage.json` in
 * `directory`, CDK context (`-c stage=…`), environment (`GANTRY_STAGE`, `GANTRY_FIRST_OWNER_EMAIL`, `GANTRY_DELETION_PROTECTION=off`). Throws a
 * `StageError` that names each wrong field.
 */
export function readStage(
  context: (key: string) => unknown,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  directory: string = process.cwd(),
): Stage {
  const given = {
    ...readFile(`${directory}/${FILE}`),
    ...defined({
      stage: context('stage'),
      firstOwnerEmail: context('firstOwnerEmail'),
      appsDomain: context('appsDomain'),
      appsHostedZoneId: context('appsHostedZoneId'),
      appsCertificateArn: context('appsCertificateArn'),
      clusterAdminRoleArn: context('clusterAdminRoleArn'),
      firewallArn: context('firewallArn'),
    }),
    ...defined({ stage: environment.GANTRY_STAGE, firstOwnerEmail: environment.GANTRY_FIRST_OWNER_EMAIL }),
    ...(environment.GANTRY_DELETION_PROTECTION === 'off' && { deletionProtection: false }),
  };
  const isLocal = !('stage' in given) || given.stage === LOCAL.stage;
  const result = Stage.safeParse(isLocal ? { ...LOCAL, ...given } : given);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `  ${issue.path.join('.') || '(all)'}: ${issue.message}`);
  throw new StageError(
    `The stage's configuration cannot be used. Correct it in ${FILE}, by \`-c <field>=<value>\` or by GANTRY_STAGE and ` +
      `GANTRY_FIRST_OWNER_EMAIL:\n${problems.join('\n')}`,
  );
}

function readFile(path: string): object {
  if (!existsSync(path)) return {};
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content;
  } catch (error) {
    throw new StageError(`${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new StageError(`${path} must hold one JSON object, such as { "stage": "production" }.`);
}

function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''));
}
