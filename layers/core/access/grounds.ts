import type { Ground } from '../kernel/authority.ts';
import type { MembershipRecord, UserRecord } from '../records/identity.ts';
import { membershipAt, userAt } from '../records/identity-lookups.ts';
import type { TokenLimits } from './caller.ts';

/** The membership still has the roles that were read, and still lists the caller's API token, if one is used. */
export function membershipGround(membership: MembershipRecord, token: TokenLimits | undefined): Ground {
  const { teamId, userId, version } = membership;
  const lookup = membershipAt(teamId, userId);
  const isSame = '#groundVersion = :groundVersion';
  return {
    key: lookup.key,
    condition: token === undefined ? isSame : `${isSame} AND contains(#groundTokens, :groundToken)`,
    names: { '#groundVersion': 'version', ...(token !== undefined && { '#groundTokens': 'tokenIds' }) },
    values: { ':groundVersion': version, ...(token !== undefined && { ':groundToken': token.id }) },
    holds(item) {
      if (item === undefined) return false;
      const now = lookup.parse(item);
      return now.version === version && (token === undefined || (now.tokenIds?.includes(token.id) ?? false));
    },
  };
}

/** The user has not signed out since their access token was issued, in seconds since 1970: the rule of `hasSignedOut`. */
export function sessionGround(subject: string, issuedAt: number): Ground {
  const lookup = userAt(subject);
  return {
    key: lookup.key,
    condition: 'attribute_exists(pk) AND (attribute_not_exists(#groundOut) OR #groundOut < :groundIn)',
    names: { '#groundOut': 'signedOutAt' },
    values: { ':groundIn': new Date(issuedAt * 1000).toISOString() },
    holds: (item) => item !== undefined && !hasSignedOut(lookup.parse(item), issuedAt),
  };
}

/**
 * Whether a user has signed out since an access token was issued. Tokens have times in whole seconds, so a token of the sign-out's own second counts
 * as older.
 */
export function hasSignedOut({ signedOutAt }: Pick<UserRecord, 'signedOutAt'>, issuedAt: number): boolean {
  return signedOutAt !== undefined && issuedAt <= Math.floor(Date.parse(signedOutAt) / 1000);
}
