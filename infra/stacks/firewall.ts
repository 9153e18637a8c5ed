import { type App, CfnOutput, Stack } from 'aws-cdk-lib';
import { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { EDGE_REGION } from '../constructs/edge-region.ts';
import { domainCertificate } from '../constructs/own-domain.ts';
import type { Stage } from '../stage.ts';

/** The most requests of one address within five minutes; further ones are blocked for a while. */
const LIMITS = { all: 6_000, signIn: 200 };

/** The rules of the distribution, and the certificate of its domain. The stage names their ARNs afterwards. */
export class FirewallStack extends Stack {
  constructor(scope: App, id: string, stage: Stage) {
    super(scope, id, { description: `Gantry ${stage.stage}: firewall`, env: { region: EDGE_REGION } });
    const acl = new CfnWebACL(this, 'Rules', {
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      visibilityConfig: visible('all'),
      rules: [
        rate('each-address', 0, LIMITS.all),
        rate('sign-in', 1, LIMITS.signIn, '/v1/browser-session'),
        {
          name: 'known-bad-addresses',
          priority: 2,
          overrideAction: { none: {} },
          visibilityConfig: visible('known-bad-addresses'),
          statement: {
            managedRuleGroupStatement: { vendorName: 'AWS', name: 'AWSManagedRulesAmazonIpReputationList' },
          },
        },
      ],
    });
    domainCertificate(this, stage);
    new CfnOutput(this, 'FirewallArn', { value: acl.attrArn, description: 'The `firewallArn` of gantry.stage.json' });
  }
}

function rate(name: string, priority: number, limit: number, path?: string): CfnWebACL.RuleProperty {
  const scopeDownStatement = path && {
    byteMatchStatement: {
      fieldToMatch: { uriPath: {} },
      positionalConstraint: 'STARTS_WITH',
      searchString: path,
      textTransformations: [{ priority: 0, type: 'NORMALIZE_PATH' }],
    },
  };
  return {
    name,
    priority,
    action: { block: { customResponse: { responseCode: 429 } } },
    visibilityConfig: visible(name),
    statement: {
      rateBasedStatement: { aggregateKeyType: 'IP', limit, ...(scopeDownStatement && { scopeDownStatement }) },
    },
  };
}

function visible(metricName: string): CfnWebACL.VisibilityConfigProperty {
  return { cloudWatchMetricsEnabled: true, metricName, sampledRequestsEnabled: true };
}
