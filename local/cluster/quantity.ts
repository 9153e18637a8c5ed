const SUFFIXES: Readonly<Record<string, bigint>> = {
  n: 1n,
  u: 1_000n,
  m: 1_000_000n,
  '': 1_000_000_000n,
  k: 10n ** 12n,
  M: 10n ** 15n,
  G: 10n ** 18n,
  T: 10n ** 21n,
  P: 10n ** 24n,
  E: 10n ** 27n,
  Ki: (10n ** 9n) << 10n,
  Mi: (10n ** 9n) << 20n,
  Gi: (10n ** 9n) << 30n,
  Ti: (10n ** 9n) << 40n,
  Pi: (10n ** 9n) << 50n,
  Ei: (10n ** 9n) << 60n,
};
const DECIMAL = ['E', 'P', 'T', 'G', 'M', 'k', '', 'm', 'u', 'n'];
const BINARY = ['Ei', 'Pi', 'Ti', 'Gi', 'Mi', 'Ki', ''];
const SYNTAX = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3})|([numkMGTPE]|[KMGTPE]i)?)$/;

/** An amount of a resource, exact to a billionth, and its written form (k8s.io/apimachinery, api/resource). */
export interface Quantity {
  /** In billionths. */
  readonly nano: bigint;
  readonly binary: boolean;
}

/** Reads `100m`, `1.5`, `512Mi`, `1e3`; undefined for another text. A number is read as its own text. */
export function parseQuantity(value: unknown): Quantity | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  const match = typeof text === 'string' ? SYNTAX.exec(text) : null;
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent, suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const shift = Number(exponent ?? 0) - fraction.length;
  const unit = SUFFIXES[suffix] ?? 0n;
  const digits = BigInt(whole + fraction) * unit;
  const nano = shift >= 0 ? digits * 10n ** BigInt(shift) : ceiling(digits, 10n ** BigInt(-shift));
  return { nano: sign === '-' ? -nano : nano, binary: suffix.endsWith('i') };
}

function ceiling(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}

/** In the largest suffix that needs no fraction, as the API server writes it. */
export function formatQuantity({ nano, binary }: Quantity): string {
  if (nano === 0n) return '0';
  const suffixes = binary && nano % (SUFFIXES.Ki ?? 1n) === 0n ? BINARY : DECIMAL;
  const suffix = suffixes.find((each) => nano % (SUFFIXES[each] ?? 1n) === 0n) ?? 'n';
  return `${nano / (SUFFIXES[suffix] ?? 1n)}${suffix}`;
}

export const ZERO: Quantity = { nano: 0n, binary: false };

/** The sum, in the form of the first that is not zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano + b.nano, binary: a.nano === 0n ? b.binary : a.binary };
}

/** Whole bytes, rounded up. */
export function bytesOf({ nano }: Quantity): number {
  return Number(ceiling(nano, 10n ** 9n));
}
