/**
 * True if `text` matches an IAM pattern: `*` stands for any run of characters, `?` for one. Linear in both lengths for a single `*`, never
 * exponential: after a mismatch only the last `*` takes one more character.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** Actions match in any case, as in IAM. */
export function matchesAction(pattern: string, action: string): boolean {
  return matchesPattern(pattern.toLowerCase(), action.toLowerCase());
}

/** ARNs match by their six parts, so that a wildcard in one part never swallows the next; a lone `*` matches anything. */
export function matchesArn(pattern: string, arn: string): boolean {
  if (pattern === '*') return true;
  const expected = arnParts(pattern);
  const actual = arnParts(arn);
  return (
    expected !== undefined &&
    actual !== undefined &&
    expected.every((part, index) => matchesPattern(part, actual[index] ?? ''))
  );
}

/** The six parts of an ARN (the last keeps its colons); undefined for another text. */
export function arnParts(arn: string): readonly string[] | undefined {
  const parts = arn.split(':');
  if (parts.length < 6 || parts[0] !== 'arn') return undefined;
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}
