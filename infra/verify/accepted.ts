/** A finding that is right by design, or that is known and being fixed. */
export interface Accepted {
  readonly rule: string;
  /** Where, as the check prints it: a text, or a pattern for several. */
  readonly at: string | RegExp;
  readonly reason: string;
  /** Being fixed: the finding may be absent without an error, and the entry goes with the fault. */
  readonly mending?: true;
}

/** Every finding of `npm run verify:template` that does not fail it. An unneeded entry fails it. */
export const ACCEPTED: readonly Accepted[] = [
  {
    rule: 'every-resource',
    at: /^builds\/AccessDefaultPolicy\w+\/RegistryToken$/,
    reason: "ecr:GetAuthorizationToken is for the account's registry as a whole: AWS knows no narrower resource.",
  },
  {
    rule: 'every-resource',
    at: /^databases\/(Network|Forget|CleanUp)RoleDefaultPolicy\w+\/FindGroups$/,
    reason: 'ec2:DescribeSecurityGroups knows no narrower resource: it finds a group by its name.',
  },
  {
    rule: 'every-resource',
    at: /^(upkeep\/Collect|workflows\/Check)RoleDefaultPolicy\w+\/ReadMetrics$/,
    reason:
      'cloudwatch:GetMetricStatistics and cloudwatch:ListMetrics are for all metrics: AWS knows no narrower resource.',
  },
  {
    rule: 'fixed-name',
    at: 'source/GithubApp',
    reason:
      "Another name would lose the App's keys at an upgrade. gantry-ops destroy lets go of the name, and preflight finds one that is still taken.",
  },
];
