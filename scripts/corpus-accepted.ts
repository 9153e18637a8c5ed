const EDITION =
  'an edition is the oldest Rust that will do, not the one to use; nixpacks gives no version for the same app';

/** Differences from the corpus that are meant, by app and field, with the reason. */
export const accepted: Readonly<Record<string, string>> = {
  'railpack/rust-multiple-bins version': EDITION,
  'railpack/rust-system-deps version': EDITION,
};
