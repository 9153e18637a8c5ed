/** A record with the given parts replaced. An undefined part stays as it is; null is a value. */
export function replaced<T extends object>(base: T, change: { readonly [K in keyof T]?: T[K] | undefined } = {}): T {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  return { ...base, ...Object.fromEntries(given) };
}
