import type { Draft } from '../registry/draft.ts';
import { fitted, type Misfits, typeNameOf } from '../registry/types.ts';
import { ApiError, badRequest } from './errors.ts';
import type { Target } from './route.ts';

/** The way of a write, each with its own error for an unknown field. */
type Way = 'object' | 'patch' | 'apply';

export interface FieldRules {
  readonly way: Way;
  /** `fieldValidation` of the query; by default unknown fields are warnings. */
  readonly validation: string;
  warn(text: string): void;
}

/**
 * A client's document without the fields that its type lacks. Refuses values of another type, unknown fields with `Strict`, and always unknown fields
 * of a server-side apply. Custom resources keep every field.
 */
export function knownFields(draft: Draft, target: Target, rules: FieldRules): Draft {
  const typeName = target.subresource === 'scale' ? undefined : typeNameOf(target.kind);
  if (typeName === undefined) return draft;
  const { document, unknown, mistyped } = fitted(draft, typeName);
  if (rules.way === 'apply') refuseApply(draft, target, { unknown, mistyped });
  const { kind, version } = target.kind;
  const decoding = `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}`;
  if (mistyped[0] !== undefined) throw badRequest(`${decoding}: ${mistyped[0]}`);
  const listed = unknown.map((path) => `unknown field ${JSON.stringify(path)}`);
  if (listed.length > 0 && rules.validation === 'Strict') {
    const message = `strict decoding error: ${listed.join(', ')}`;
    if (rules.way === 'object') throw badRequest(`${decoding}: ${message}`);
    const cause = { reason: 'FieldValueInvalid', message: `Invalid value: ${message}`, field: 'patch' };
    throw new ApiError(422, 'Invalid', ` "" is invalid: patch: Invalid value: ${message}`, { causes: [cause] });
  }
  if (rules.validation !== 'Ignore') for (const each of listed) rules.warn(each);
  return document as Draft;
}

/** The API server has no kind of error for this, so its status is 500. */
function refuseApply({ metadata }: Draft, { kind }: Target, { unknown, mistyped }: Misfits): void {
  const wrong = [...unknown.map((path) => `.${path}: field not declared in schema`), ...mistyped];
  if (wrong.length === 0) return;
  const what = `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}; ${kind.group}/${kind.version}, Kind=${kind.kind}`;
  const listed = wrong.length === 1 ? wrong[0] : `errors:\n${wrong.map((each) => `  ${each}`).join('\n')}`;
  throw new ApiError(500, '', `failed to create typed patch object (${what}): ${listed}`);
}
