import * as z from 'zod';
import type { SourceTree } from '../source-tree.ts';
import { readJson } from './json-file.ts';
import { readLock } from './lock-file.ts';

const Requirements = z.record(z.string(), z.unknown());
const Manifest = z.looseObject({
  require: Requirements.optional(),
  config: z.looseObject({ platform: Requirements.optional() }).optional(),
  scripts: z.record(z.string(), z.unknown()).optional(),
  repositories: z.unknown().optional(),
  autoload: z.looseObject({ files: z.unknown().optional(), classmap: z.unknown().optional() }).optional(),
});
const Lock = z.looseObject({
  packages: z.array(z.looseObject({ name: z.string(), require: Requirements.optional() })).optional(),
});

/** The facts in `composer.json` and `composer.lock`. */
export interface Composer {
  /** The packages that the app asks for. */
  readonly packages: ReadonlySet<string>;
  /** Extensions of PHP that the app or one of its locked packages asks for, without `ext-`. */
  readonly extensions: readonly string[];
  /** The PHP versions that the app allows (`range`), and those that each locked package allows (`locked`). */
  readonly range: string | undefined;
  readonly locked: readonly string[];
  readonly platform: string | undefined;
  readonly scripts: ReadonlySet<string>;
  /** Whether a package is a folder of the app. */
  readonly local: boolean;
}

/** Reads `composer.json` and `composer.lock`. Throws a `BuildError` if one of them is not valid. */
export async function readComposer(tree: SourceTree): Promise<Composer> {
  const manifest = (await readJson(tree, 'composer.json', Manifest)) ?? {};
  const whole = (await readLock(tree, 'composer.lock'))?.whole;
  const lock = whole === true ? await readJson(tree, 'composer.lock', Lock) : undefined;
  const required = [manifest.require ?? {}, ...(lock?.packages ?? []).map((each) => each.require ?? {})];
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const extensions = required.flatMap((each) => Object.keys(each).filter((name) => name.startsWith('ext-')));
  const names = extensions.map((name) =>
    name
      .slice('ext-'.length)
      .toLowerCase()
      .replace(/^zend-/, ''),
  );
  return {
    packages: new Set(Object.keys(manifest.require ?? {})),
    extensions: [...new Set(names)].filter((name) => /^[a-z0-9_]+$/.test(name)).toSorted(),
    range: text(manifest.require?.php),
    locked: required.slice(1).flatMap((each) => text(each.php) ?? []),
    platform: text(manifest.config?.platform?.php),
    scripts: new Set(Object.keys(manifest.scripts ?? {})),
    local: JSON.stringify(manifest.repositories ?? null).includes('"path"'),
  };
}
