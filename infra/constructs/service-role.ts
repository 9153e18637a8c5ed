import { Stack } from 'aws-cdk-lib';
import { type CfnRole, type Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html#cross-service-confused-deputy-prevention */
const ofAccount = (scope: Construct) => ({ StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } });

/** A role for an AWS service, which may assume it for this account only. Another account that names the role is refused. */
export function serviceOf(scope: Construct, service: string): ServicePrincipal {
  return new ServicePrincipal(service, { conditions: ofAccount(scope) });
}

/** The same for a role that a CDK construct made. Its trust policy has `statements` statements. */
export function limitToAccount(role: Role, statements: number): void {
  const resource = role.node.defaultChild as CfnRole;
  for (let index = 0; index < statements; index++) {
    resource.addPropertyOverride(`AssumeRolePolicyDocument.Statement.${index}.Condition`, ofAccount(role));
  }
}
