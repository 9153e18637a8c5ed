import { CfnOutput, type Stack } from 'aws-cdk-lib';
import { Certificate, CfnCertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { Distribution, DistributionProps } from 'aws-cdk-lib/aws-cloudfront';
import { CfnRecordSet } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import type { Stage } from '../stage.ts';

/** The zone of every distribution. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-route53-aliastarget.html */
const CLOUDFRONT_ZONE = 'Z2FDTNDATAQYW2';

/**
 * The certificate of the stage's own domain, in a stack of us-east-1, if we may write its zone. The stage names its ARN afterwards, and the
 * certificate stays in the stack.
 */
export function domainCertificate(stack: Stack, { domain, domainHostedZoneId }: Stage): void {
  if (domain === undefined || domainHostedZoneId === undefined) return;
  const certificate = new CfnCertificate(stack, 'DomainCertificate', {
    domainName: domain,
    validationMethod: 'DNS',
    domainValidationOptions: [{ domainName: domain, hostedZoneId: domainHostedZoneId }],
  });
  new CfnOutput(stack, 'DomainCertificateArn', {
    value: certificate.ref,
    description: 'The `domainCertificateArn` of gantry.stage.json: with it the stage answers at its domain',
  });
}

/** The settings with which a distribution answers at the stage's own domain. */
export function atDomain(scope: Construct, stage: Stage): Pick<DistributionProps, 'domainNames' | 'certificate'> {
  const { domain, domainCertificateArn } = stage;
  if (domain === undefined || domainCertificateArn === undefined) return {};
  const certificate = Certificate.fromCertificateArn(scope, 'DomainCertificate', domainCertificateArn);
  return { domainNames: [domain], certificate };
}

/** The stage's host name: its own once there is a certificate, or the distribution's. Creates the records, or says which ones to create. */
export function stageHost(scope: Construct, stage: Stage, { distributionDomainName }: Distribution): string {
  const { domain, domainHostedZoneId, domainCertificateArn } = stage;
  if (domain === undefined || domainCertificateArn === undefined) return distributionDomainName;
  if (domainHostedZoneId === undefined) {
    new CfnOutput(scope, 'DomainRecord', {
      value: `${domain} CNAME ${distributionDomainName}`,
      description: "The record to make in the domain's zone. Without it the domain does not answer",
    });
    return domain;
  }
  for (const type of ['A', 'AAAA'])
    new CfnRecordSet(scope, `Domain${type}`, {
      hostedZoneId: domainHostedZoneId,
      name: domain,
      type,
      aliasTarget: { dnsName: distributionDomainName, hostedZoneId: CLOUDFRONT_ZONE },
    });
  return domain;
}
