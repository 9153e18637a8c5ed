/**
 * Whether a push that touches `paths` concerns a service that watches `patterns`. Patterns follow gitignore(5), in order: for each path the last
 * match decides. A pattern that begins with `!` excludes paths; a list of such patterns alone begins with everything.
 * `*` and `?` stay in a folder, `**` does not. A pattern with a slash at its beginning or inside starts at the repository's root; any other matches
 * at any depth. A folder includes everything in it.
 * Two rules differ from gitignore: a part of a watched folder may be excluded, and `[id]` also matches itself, because web frameworks name folders
 * so. Without patterns every push matters, and so does a push with unknown paths.
 */
export function concerns(patterns: readonly string[], paths: readonly string[] | null): boolean {
  if (patterns.length === 0 || paths === null) return true;
  const rules = patterns.map(ruleOf);
  const atFirst = rules.every(({ takesOut }) => takesOut);
  return paths.some((path) => {
    const names = path.split('/');
    const last = rules.findLast((rule) => matches(rule, names));
    return last === undefined ? atFirst : !last.takesOut;
  });
}

/** Any run of characters, or one of certain characters. */
type Token = { readonly kind: 'run' } | { readonly kind: 'one'; readonly of: (character: string) => boolean };

/** A name in a path, in both readings of its brackets; `folders` stands for `**`, any number of names. */
type Segment = 'folders' | readonly (readonly Token[])[];

interface Rule {
  readonly takesOut: boolean;
  readonly onlyFolders: boolean;
  readonly segments: readonly Segment[];
}

function ruleOf(pattern: string): Rule {
  const takesOut = pattern.startsWith('!');
  const text = (takesOut ? pattern.slice(1) : pattern).replace(/^\.\//, '');
  const onlyFolders = text.endsWith('/');
  const body = onlyFolders ? text.slice(0, -1) : text;
  const parts = (body.startsWith('/') ? body.slice(1) : body).split('/');
  const segments = parts.map((part): Segment => (part === '**' ? 'folders' : readings(part)));
  const fromRoot = body.includes('/');
  return { takesOut, onlyFolders, segments: fromRoot ? segments : ['folders', ...segments] };
}

function readings(part: string): readonly (readonly Token[])[] {
  return part.includes('[') ? [tokensOf(part, true), tokensOf(part, false)] : [tokensOf(part, false)];
}

function tokensOf(part: string, withClasses: boolean): Token[] {
  const tokens: Token[] = [];
  const characters = [...part];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    if (character === '*') {
      if (tokens.at(-1)?.kind !== 'run') tokens.push({ kind: 'run' });
    } else if (character === '?') {
      tokens.push({ kind: 'one', of: () => true });
    } else if (character === '[' && withClasses && characters.indexOf(']', at + 2) > 0) {
      const close = characters.indexOf(']', at + 2);
      tokens.push({ kind: 'one', of: classOf(characters.slice(at + 1, close)) });
      at = close;
    } else {
      if (character === '\\' && at + 1 < characters.length) at += 1;
      const itself = characters[at];
      tokens.push({ kind: 'one', of: (given) => given === itself });
    }
  }
  return tokens;
}

/** The content of brackets: characters and ranges. After `!` or `^`, all other characters. */
function classOf(characters: readonly string[]): (character: string) => boolean {
  const isNot = characters[0] === '!' || characters[0] === '^';
  const listed = isNot ? characters.slice(1) : characters;
  const ranges: [from: string, to: string][] = [];
  for (let at = 0; at < listed.length; at += 1) {
    const from = listed[at] ?? '';
    const isRange = listed[at + 1] === '-' && at + 2 < listed.length;
    ranges.push([from, isRange ? (listed[at + 2] ?? '') : from]);
    if (isRange) at += 2;
  }
  return (character) => ranges.some(([from, to]) => character >= from && character <= to) !== isNot;
}

/** Whether a rule matches a path, or a folder around it. The time grows with the length of the path times that of the pattern. */
function matches({ onlyFolders, segments }: Rule, names: readonly string[]): boolean {
  const last = segments.length - 1;
  let states = reached(segments, [0]);
  for (const [at, name] of names.entries()) {
    const next: number[] = [];
    for (const state of states) {
      const segment = segments[state];
      if (segment === 'folders') next.push(state, ...(state === last ? [state + 1] : []));
      else if (segment?.some((tokens) => isNamed(tokens, [...name]))) next.push(state + 1);
    }
    states = reached(segments, next);
    if (states.has(segments.length) && (at < names.length - 1 || !onlyFolders)) return true;
  }
  return false;
}

/** The places in a pattern that may come next: `**` inside it may stand for no folder at all. */
function reached(segments: readonly Segment[], states: readonly number[]): Set<number> {
  const all = new Set(states);
  for (const state of all) if (segments[state] === 'folders' && state < segments.length - 1) all.add(state + 1);
  return all;
}

/** Goes back to the newest run only, so that the time is at most the name's length times the number of tokens. */
function isNamed(tokens: readonly Token[], name: readonly string[]): boolean {
  let [token, at, run, runAt] = [0, 0, -1, 0];
  while (at < name.length) {
    const current = tokens[token];
    if (current?.kind === 'run') {
      [run, runAt] = [token, at];
      token += 1;
    } else if (current?.of(name[at] ?? '')) {
      token += 1;
      at += 1;
    } else if (run >= 0) {
      runAt += 1;
      [token, at] = [run + 1, runAt];
    } else {
      return false;
    }
  }
  while (tokens[token]?.kind === 'run') token += 1;
  return token === tokens.length;
}
