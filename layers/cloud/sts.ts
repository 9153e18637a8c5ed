import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { clientDefaults } from './client.ts';
import { available } from './failures.ts';

const sts = new STSClient(clientDefaults);

/** What a session may do within the rights of its role. https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session */
export interface SessionStatement {
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * Credentials of a role for `seconds` (900 to 3,600, the limit of role chaining), limited to `statements` (2,048 characters of policy). `name` has 2
 * to 64 letters, digits and `_+=,.@-`.
 */
export async function assumeRole(
  roleArn: string,
  name: string,
  statements: readonly SessionStatement[],
  seconds: number,
): Promise<SessionCredentials> {
  const Statement = statements.map((statement) => ({ Effect: 'Allow', ...statement }));
  const command = new AssumeRoleCommand({
    RoleArn: roleArn,
    RoleSessionName: name,
    DurationSeconds: seconds,
    Policy: JSON.stringify({ Version: '2012-10-17', Statement }),
  });
  const { Credentials } = await available('STS', () => sts.send(command));
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '', Expiration } = Credentials ?? {};
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiresAt: Expiration?.getTime() ?? 0,
  };
}
