import { CfnOutput } from 'aws-cdk-lib';
import { CfnCertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { CfnRecordSet } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import type { Stage } from '../stage.ts';

/** How long resolvers may cache the load balancer's name: a replaced one has another. */
const RECORD_TTL_SECONDS = '60';

/**
 * The certificate of the apps' domain: the stage's own, or one that is issued and renewed through the domain's hosted zone. Without one apps answer
 * over HTTP. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-certificatemanager-certificate.html
 */
export function appsCertificate(scope: Construct, stage: Stage): string | undefined {
  const { appsDomain, appsHostedZoneId, appsCertificateArn } = stage;
  if (appsCertificateArn !== undefined) return appsCertificateArn;
  if (appsDomain === undefined || appsHostedZoneId === undefined) return undefined;
  const domainName = `*.${appsDomain}`;
  return new CfnCertificate(scope, 'AppsCertificate', {
    domainName,
    validationMethod: 'DNS',
    domainValidationOptions: [{ domainName, hostedZoneId: appsHostedZoneId }],
  }).ref;
}

/** Points the apps' names to their load balancer, or says which record does that. */
export function appsRecord(scope: Construct, stage: Stage, loadBalancer: string): void {
  const { appsDomain, appsHostedZoneId } = stage;
  if (appsDomain === undefined) return;
  const name = `*.${appsDomain}`;
  if (appsHostedZoneId === undefined) {
    new CfnOutput(scope, 'AppsRecord', {
      value: `${name} CNAME ${loadBalancer}`,
      description: "The record to make in the zone of the apps' domain. Without it no address of an app answers",
    });
    return;
  }
  new CfnRecordSet(scope, 'AppsRecord', {
    hostedZoneId: appsHostedZoneId,
    name,
    type: 'CNAME',
    ttl: RECORD_TTL_SECONDS,
    resourceRecords: [loadBalancer],
  });
}
