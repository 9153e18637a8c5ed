import { callerArn } from '../../iam/caller.ts';
import type { Iam, PolicyDocument, Principal } from '../../kernel/iam.ts';
import { type AnyOperation, AwsError, type Operation } from '../../kernel/service.ts';

interface AssumeRoleInput {
  readonly RoleArn: string;
  readonly RoleSessionName: string;
  readonly DurationSeconds?: number;
  readonly Policy?: string;
}

/** Limits of a request, in seconds and characters. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const SHORTEST = 900;
const LONGEST = 43_200;
const LONGEST_CHAINED = 3600;
const USUAL = 3600;
const POLICY_LENGTH = 2048;

/**
 * AssumeRole. The caller's identity policies must allow it and the role's trust policy must name the caller or its account. AWS needs only the trust
 * policy if it names the caller itself; both are checked here, so that anything allowed here is allowed there.
 */
export function assumeRole(iam: Iam, userId: (principal: Principal) => string): AnyOperation {
  const AssumeRole: Operation<AssumeRoleInput, unknown> = {
    uses: ['RoleArn', 'RoleSessionName', 'DurationSeconds', 'Policy'],
    access: ({ RoleArn }) => [{ action: 'sts:AssumeRole', resource: RoleArn }],
    handle({ RoleArn, RoleSessionName, DurationSeconds = USUAL, Policy }, { principal }) {
      if (!/^[\w+=,.@-]{2,64}$/.test(RoleSessionName)) {
        throw invalid(`RoleSessionName '${RoleSessionName}' is not 2 to 64 characters of [\\w+=,.@-]`);
      }
      const session = iam.assumeSession(principal, RoleArn, RoleSessionName, policyOf(Policy));
      checkDuration(DurationSeconds, principal, iam.maxSessionSeconds(RoleArn));
      const { accessKeyId, secretAccessKey, sessionToken, expiration } = iam.temporaryCredentials(
        session,
        DurationSeconds,
      );
      return {
        Credentials: {
          AccessKeyId: accessKeyId,
          SecretAccessKey: secretAccessKey,
          SessionToken: sessionToken,
          Expiration: expiration / 1000,
        },
        AssumedRoleUser: { Arn: callerArn(session), AssumedRoleId: userId(session) },
      };
    },
  };
  return AssumeRole;
}

/** A caller that is a role chains roles. AWS limits that to an hour, even if the role allows more. */
function checkDuration(seconds: number, caller: Principal, maxSessionSeconds: number): void {
  if (!Number.isInteger(seconds) || seconds < SHORTEST || seconds > LONGEST) {
    throw invalid(`Value '${seconds}' at 'durationSeconds' must be between ${SHORTEST} and ${LONGEST}`);
  }
  if (caller.kind === 'role' && seconds > LONGEST_CHAINED) {
    throw invalid('The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.');
  }
  if (seconds > maxSessionSeconds) {
    throw invalid('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  }
}

function policyOf(text: string | undefined): PolicyDocument | undefined {
  if (text === undefined) return undefined;
  if (text.length > POLICY_LENGTH) throw invalid(`Policy has ${text.length} characters, more than ${POLICY_LENGTH}`);
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document === 'object' && document !== null && 'Statement' in document) return document as PolicyDocument;
  } catch {
    // Not JSON: the same error as for JSON that is no policy.
  }
  throw new AwsError('MalformedPolicyDocumentException', 'This policy contains invalid Json or has no Statement');
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message);
}
