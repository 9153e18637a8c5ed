const LONGEST = 30;

/** A name as it may stand in an address: lower-case letters, digits and hyphens, beginning with a letter; empty where nothing is left. */
export function slugFrom(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, LONGEST)
    .replace(/-+$/, '');
}
