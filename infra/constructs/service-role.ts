import { Stack } from 'aws-cdk-lib';
import { type CfnRole, type Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html#cross-service-confused-deputy-prevention */
const ofAccount = (scope: Construct) => ({ StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } });

/** A service of AWS that may take on a role for what it does for this account, and not for another that names the role. */
export function serviceOf(scope: Construct, service: string): ServicePrincipal {
  return new ServicePrincipal(service, { conditions: ofAccount(scope) });
}

/** The same for a role that a construct of the CDK made. Its trust has `statements` statements. */
export function limitToAccount(role: Role, statements: number): void {
  const resource = role.node.defaultChild as CfnRole;
  for (let index = 0; index < statements; index++) {
    resource.addPropertyOverride(`AssumeRolePolicyDocument.Statement.${index}.Condition`, ofAccount(role));
  }
}
