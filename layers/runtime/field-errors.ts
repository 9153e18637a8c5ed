import type { FieldError } from '@gantry/contract/errors.ts';
import type { z } from 'zod';

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

const FORMATS: Readonly<Record<string, string>> = {
  email: 'must be an e-mail address',
  url: 'must be an address such as https://example.com',
  datetime: 'must be an instant such as 2026-11-20T09:30:00Z',
};

/** Describes an invalid value for people. A schema's own message has priority. */
export const inWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${KINDS[issue.expected] ?? 'of another kind'}`;
    case 'too_big':
      if (issue.origin === 'string') return `can have at most ${issue.maximum} characters`;
      return issue.origin === 'array' ? `can have at most ${issue.maximum} entries` : `can be at most ${issue.maximum}`;
    case 'too_small':
      if (issue.origin !== 'string' && issue.origin !== 'array') return `must be at least ${issue.minimum}`;
      return 'must not be empty';
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.join(', ')}`;
    case 'invalid_format':
      return FORMATS[issue.format] ?? 'has the wrong format';
    case 'unrecognized_keys':
      return 'is not known here';
    case 'invalid_union':
      return 'is of an unknown kind';
    default:
      return 'is not valid';
  }
};

/** The fields of an issue; `part` is the part of the request. */
export function fieldErrors(part: string, issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: [part, ...issue.path, key].join('.'), message: issue.message }));
  }
  // For the name of an entry, say what is wrong, not only that something is.
  const { message } = (issue.code === 'invalid_key' && issue.issues[0]) || issue;
  return [{ field: [part, ...issue.path].join('.'), message }];
}
