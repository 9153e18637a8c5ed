/** The longest subject of a commit, in characters. */
const LONGEST = 72;

/** Words that begin a statement, not an imperative. */
const NO_VERB = new Set(
  'a an the this that these those what who which how why when where while it its they there all each every no one two nobody somebody'.split(
    ' ',
  ),
);
/** Verbs that look like another form of a verb. */
const VERBS = new Set(
  'pass process address discuss focus guess access miss compress express press embed feed need seed speed shed bring'.split(
    ' ',
  ),
);

/** The mistake in a commit's subject, or undefined. A subject must read `scope: imperative`: `cli: show the age of a deployment`. */
export function faultOf(subject: string): string | undefined {
  if (subject.length > LONGEST) return `has ${subject.length} characters; ${LONGEST} are the most`;
  const [, verb] = /^[a-z0-9][a-z0-9./-]*(?:, [a-z0-9][a-z0-9./-]*)*: ([A-Za-z'-]+)(?: |$)/.exec(subject) ?? [];
  if (verb === undefined) return 'must be "scope: what to do"';
  if (verb !== verb.toLowerCase()) return `must begin with a verb in lower case, not "${verb}"`;
  if (VERBS.has(verb)) return undefined;
  if (NO_VERB.has(verb) || /(?:ed|ing|[^s]s)$/.test(verb)) return `must begin with a verb as an order, not "${verb}"`;
  return undefined;
}
