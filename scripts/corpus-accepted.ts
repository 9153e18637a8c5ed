const EDITION =
  'an edition gives the oldest possible Rust, not the best: packages in the lock file may need a newer one. The references contradict each other: nixpacks reads no version from the same manifest, and railpack none where a mise.toml says "latest"';
const NEWEST =
  'of the versions that fit the range the newest with long-term support is taken, as for every range. The references contradict each other: one reads ">=18" as 18, the other as 22, its newest of that time; no rule gives both';
const TYPESCRIPT =
  'Node.js runs the only file, index.ts, directly; the corpus has no start command, so the app would not go live';

/** Accepted differences from the corpus, by app and field, with the reason. */
export const accepted: Readonly<Record<string, string>> = {
  'railpack/rust-multiple-bins version': EDITION,
  'railpack/rust-system-deps version': EDITION,
  'nixpacks/node-pnpm-monorepo version': NEWEST,
  'nixpacks/node-turborepo version': NEWEST,
  'railpack/node-turborepo version': NEWEST,
  'nixpacks/node-turborepo start':
    'two apps start, and one container has one port: our message asks for the app, and the corpus starts both',
  'nixpacks/node-typescript-incremental start': TYPESCRIPT,
  'nixpacks/node-typescript-incremental-extends start': TYPESCRIPT,
  'nixpacks/node-typescript-incremental-tsbuildinfo-path start': TYPESCRIPT,
  'nixpacks/node-python provider': 'no file but the configuration of another builder says what it is',
};
