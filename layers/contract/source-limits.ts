/** The limits of an app's source: packed, as uploaded or fetched; and unpacked. Sizes in bytes. */
export const sourceLimits = { packedBytes: 256 * 1024 * 1024, bytes: 1024 * 1024 * 1024, entries: 100_000 } as const;
