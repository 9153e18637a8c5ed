import type { Access } from './access.ts';

/** The acting principal: the role of a function, machine or build, an AWS service, or the operator of this machine. */
export type Principal =
  | {
      readonly kind: 'role';
      readonly arn: string;
      readonly session: string;
      /** The session policy: the session may do only what both the role and this policy allow. */
      readonly policy?: PolicyDocument;
    }
  | { readonly kind: 'service'; readonly name: string; readonly sourceArn: string }
  | { readonly kind: 'operator' };

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Milliseconds since 1970 at which they expire; undefined if they live as long as the process. */
  readonly expiration?: number;
}

export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement: PolicyStatement | readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: '*' | Readonly<Record<string, string | readonly string[]>>;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/**
 * Decides each call by the synthesized policies. A statement's id is `<stack>/<logical id of its policy>/<index>`. An allowed call records the
 * statement that allowed it; a denied one gets AWS's error.
 */
export interface Iam {
  /**
   * Declares a role with its trust policy and the longest session that it grants (default an hour); a later declaration of the same ARN replaces the
   * first.
   */
  declareRole(arn: string, trust: PolicyDocument, at: string, maxSessionSeconds?: number): void;
  /** Attaches an identity policy to roles. `at` is `<stack>/<logical id>`, the beginning of each statement's id. */
  attach(roleArns: readonly string[], policy: PolicyDocument, at: string): void;
  /** Adds a resource policy (queue, bucket, function permission). Several for one resource add up. */
  protect(resourceArn: string, policy: PolicyDocument, at: string): void;
  /** Throws an `AccessDeniedException` unless a policy allows each access and none denies one. The operator may do everything. */
  require(principal: Principal, ...accesses: readonly Access[]): void;
  /** Throws unless the role's trust policy lets `service` (`lambda.amazonaws.com`) assume it; returns the principal. */
  assume(roleArn: string, service: string, session: string): Principal;
  /**
   * Throws unless the role's trust policy names the caller, or the caller's account, whose identity policies then decide. The session's rights are
   * the role's, narrowed by `policy`. Throws `MalformedPolicyDocumentException` for a malformed one.
   */
  assumeSession(caller: Principal, roleArn: string, session: string, policy?: PolicyDocument): Principal;
  /** The longest session of a role, in seconds. */
  maxSessionSeconds(roleArn: string): number;
  /** Credentials with which `principal` signs. They live as long as the process. */
  credentials(principal: Principal): Credentials;
  /** New credentials for a session of `seconds`. */
  temporaryCredentials(principal: Principal, seconds: number): Credentials & { readonly expiration: number };
  /** The principal of these credentials, for a while even of expired ones; otherwise undefined. */
  identify(accessKeyId: string): { readonly principal: Principal; readonly credentials: Credentials } | undefined;
  /** The number of calls that each statement allowed, by its id. */
  usage(): ReadonlyMap<string, number>;
  /** The number of denied calls that each suspended statement would have allowed, by its id. */
  missed(): ReadonlyMap<string, number>;
  /** Suspends a statement, or restores it: for `npm run test:grants`. */
  suspend(statementId: string, suspended: boolean): void;
}
