import type { Manifest } from './rust-manifest.ts';
import { shellQuote } from './shell-words.ts';

/** The folder in which dependencies are built without the app. Cargo then reuses them for the app. */
const APART = '.gantry/dependencies';
const EMPTY = 'fn main() {}';

/** Crates that link to system libraries, by the name of their package in a lock file. */
const LIBRARIES: Readonly<Record<string, { readonly build: readonly string[]; readonly run: readonly string[] }>> = {
  'openssl-sys': { build: ['libssl-dev'], run: ['libssl3'] },
  'pq-sys': { build: ['libpq-dev'], run: ['libpq5'] },
  'mysqlclient-sys': { build: ['default-libmysqlclient-dev'], run: ['libmariadb3'] },
  'libsqlite3-sys': { build: ['libsqlite3-dev'], run: ['libsqlite3-0'] },
  'rdkafka-sys': { build: ['cmake'], run: [] },
  'prost-build': { build: ['protobuf-compiler'], run: [] },
  bindgen: { build: ['libclang-dev'], run: [] },
};

/**
 * The command that builds a package's dependencies. It needs only the manifest and the lock file, so an image layer
 * holds the result until the lock file changes. Undefined if there is nothing to build, or if the build needs more
 * files.
 */
export function dependencyBuild(
  manifest: Manifest,
  names: readonly string[],
  target: string | undefined,
): string | undefined {
  const dependencies = { ...manifest.dependencies, ...manifest['build-dependencies'] };
  const local = Object.values(dependencies).some(
    (value) => typeof value === 'object' && value !== null && 'path' in value,
  );
  const special = manifest.package?.build !== undefined || manifest['patch'] !== undefined || target !== undefined;
  if (Object.keys(dependencies).length === 0 || local || special || names.includes('.cargo')) return undefined;
  const paths = [...(manifest.bin ?? []), ...(manifest.lib === undefined ? [] : [manifest.lib])].map(
    ({ path }) => path,
  );
  const files = new Set(['src/main.rs', 'src/lib.rs', ...paths.filter((path) => path !== undefined)]);
  // Cargo looks in several places for a program that the manifest names without a file.
  if ((manifest.bin ?? []).some(({ path }) => path === undefined)) return undefined;
  const made = [...files]
    .filter((path) => !/(^|\/)\.\.(\/|$)|^\//.test(path))
    .map((path) => shellQuote(`${APART}/${path}`));
  const copied = ['Cargo.toml', 'Cargo.lock', 'rust-toolchain.toml', 'rust-toolchain'].filter((name) =>
    names.includes(name),
  );
  return [
    `mkdir -p $(dirname ${made.join(' ')})`,
    `for file in ${made.join(' ')}; do echo '${EMPTY}' > "$file"; done`,
    `cp ${copied.join(' ')} ${APART}/`,
    `(cd ${APART} && cargo build --release${names.includes('Cargo.lock') ? ' --locked' : ''} --target-dir ../../target)`,
    `rm -rf ${APART}`,
  ].join(' && ');
}

/**
 * The Debian packages of the libraries that crates link to. The crates come from the lock file and from the manifest.
 */
export function neededLibraries(lock: string, manifest: Manifest): { build: string[]; run: string[] } {
  const crates = new Set([...lock.matchAll(/^name = "([\w-]+)"$/gm)].map(([, name = '']) => name));
  for (const name of Object.keys(manifest.dependencies ?? {})) crates.add(name === 'openssl' ? 'openssl-sys' : name);
  const needed = Object.entries(LIBRARIES).filter(([name]) => crates.has(name));
  const all = (part: 'build' | 'run') => [...new Set(needed.flatMap(([, each]) => each[part]))].toSorted();
  return { build: all('build'), run: ['ca-certificates', ...all('run')] };
}
