import { ACCOUNT, REGION } from '../../kernel/kernel.ts';

/** `sha256:<hex>`, the only accepted digest algorithm. */
export function isDigest(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

export function isTag(text: string): boolean {
  return /^\w[\w.-]{0,127}$/.test(text);
}

/**
 * A repository's name: 2 to 256 characters, segments of lower-case letters and digits with single separators between. Each segment is checked by
 * itself, so that no pattern nests quantifiers.
 */
export function isRepositoryName(text: string): boolean {
  return text.length >= 2 && text.length <= 256 && text.split('/').every(isSegment);
}

function isSegment(segment: string): boolean {
  return (
    /^[a-z0-9._-]+$/.test(segment) && /^[a-z0-9]/.test(segment) && /[a-z0-9]$/.test(segment) && !segment.includes('..')
  );
}

export function repositoryArn(name: string): string {
  return `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/${name}`;
}
