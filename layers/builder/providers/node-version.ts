import { BuildError } from '../build-error.ts';

/** The version used where the source asks for none: the one that Lambda runs too. */
export const DEFAULT_NODE = '24';
/** Major versions that a range may resolve to, in order of preference: the default, then long-term releases, newest first. */
const CANDIDATES = [24, 26, 22, 20, 18, 16, 14, 25, 23, 21, 19, 17, 15];
const CODENAMES: Readonly<Record<string, number>> = {
  krypton: 24,
  jod: 22,
  iron: 20,
  hydrogen: 18,
  gallium: 16,
  fermium: 14,
};

interface Bounds {
  readonly from: number;
  readonly to: number;
}

/**
 * The version to run for a request as `engines.node`, `.nvmrc` and `.node-version` have it. One exact version or minor
 * line is taken as it is; a range becomes the preferred major version all of whose later releases satisfy it.
 * Throws a `BuildError` where no known version does.
 */
export function resolveNodeVersion(request: string, source: string): string {
  const text = request.trim().replace(/^v(?=\d)/, '');
  if (text === '' || /^(\*|x|latest|node|current|stable|lts\/\*|lts)$/i.test(text)) return DEFAULT_NODE;
  const codename = /^lts\/([\w-]+)$/i.exec(text)?.[1]?.toLowerCase();
  if (codename !== undefined) return String(CODENAMES[codename] ?? DEFAULT_NODE);
  const exact = /^=?v?(\d+(?:\.\d+){0,2})(?:\.[x*])*$/.exec(text)?.[1] ?? /^~(\d+\.\d+)(?:\.\d+)?$/.exec(text)?.[1];
  if (exact !== undefined) return exact;
  const ranges = text.split('||').map((part) => bounds(part.trim()));
  const major = CANDIDATES.find((candidate) =>
    ranges.some((range) => range !== undefined && range.from <= candidate && candidate <= range.to),
  );
  if (major === undefined) {
    throw new BuildError(
      `${source} asks for Node ${JSON.stringify(request)}, which no known version fits; ask for one such as "${DEFAULT_NODE}.x"`,
    );
  }
  return String(major);
}

/** The major versions whose newest release lies in all comparators of `range`, or undefined where it cannot be read. */
function bounds(range: string): Bounds | undefined {
  const hyphen = /^v?([\d.]+)\s+-\s+v?([\d.]+)$/.exec(range);
  const comparators = hyphen ? [`>=${hyphen[1]}`, `<=${hyphen[2]}`] : range.replace(/([<>=^~])\s+/g, '$1').split(/\s+/);
  let from = 0;
  let to = Number.POSITIVE_INFINITY;
  for (const comparator of comparators) {
    const match = /^(>=|<=|>|<|\^|~|=)?v?(\d+|[x*])(?:\.(\d+|[x*]))?(?:\.(\d+|[x*]))?$/.exec(comparator);
    const [, operator = '=', major = '', minor = 'x'] = match ?? [];
    if (match === null) return undefined;
    if (!/^\d+$/.test(major)) continue;
    const value = Number(major);
    const whole = !/^\d+$/.test(minor);
    if (operator === '>=' || (operator === '>' && !whole)) from = Math.max(from, value);
    else if (operator === '>') from = Math.max(from, value + 1);
    else if (operator === '<' || (operator === '<=' && !whole)) to = Math.min(to, value - 1);
    else if (operator === '<=') to = Math.min(to, value);
    else if (operator === '^' || whole) [from, to] = [Math.max(from, value), Math.min(to, value)];
    else return undefined;
  }
  return { from, to };
}
