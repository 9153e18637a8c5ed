/** How large the source of an app may be: packed, as it is uploaded or fetched; and unpacked. Sizes in bytes. */
export const sourceLimits = { packedBytes: 256 * 1024 * 1024, bytes: 1024 * 1024 * 1024, entries: 100_000 } as const;
