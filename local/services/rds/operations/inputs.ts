import { AwsError } from '../../../kernel/service.ts';
import type { Tags } from '../../../kernel/tags.ts';

export type GivenTags = readonly { readonly Key?: string; readonly Value?: string }[];

export interface OnCluster {
  readonly DBClusterIdentifier: string;
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html */
const IDENTIFIER = /^[a-zA-Z](?!.*--)[a-zA-Z0-9-]{0,61}[a-zA-Z0-9]$/;

export function tagsOf(given: GivenTags = []): Tags {
  return Object.fromEntries(given.map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** Throws AWS's error if the text is not a valid name in RDS. */
export function checkIdentifier(id: string, parameter: string): void {
  if (IDENTIFIER.test(id)) return;
  throw new AwsError(
    'InvalidParameterValue',
    `The parameter ${parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.`,
  );
}

/** The error for a part of an operation that nothing here plays. */
export function notPlayed(what: string): AwsError {
  return new AwsError('InvalidParameterValue', `local cloud: ${what} is not emulated`);
}
