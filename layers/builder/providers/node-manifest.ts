import * as z from 'zod';
import { BuildError, errorMessage } from '../build-error.ts';
import type { SourceTree } from '../source-tree.ts';

const Texts = z.record(z.string(), z.string());
const Engine = z.looseObject({ name: z.string(), version: z.string().optional() });
const Engines = z.union([Engine, z.array(Engine)]);

/** The fields of a `package.json` that planning reads. A field that cannot stop a build may have any shape. */
const PackageJson = z.looseObject({
  name: z.string().optional().catch(undefined),
  main: z.string().optional().catch(undefined),
  module: z.string().optional().catch(undefined),
  bin: z.unknown().optional(),
  scripts: Texts.optional(),
  packageManager: z.string().optional().catch(undefined),
  engines: z.record(z.string(), z.unknown()).optional().catch(undefined),
  devEngines: z
    .looseObject({ runtime: Engines.optional().catch(undefined), packageManager: Engines.optional().catch(undefined) })
    .optional()
    .catch(undefined),
  volta: z.record(z.string(), z.unknown()).optional().catch(undefined),
  dependencies: Texts.optional(),
  devDependencies: Texts.optional(),
  optionalDependencies: Texts.optional(),
  workspaces: z.unknown().optional(),
});
export type PackageJson = z.infer<typeof PackageJson>;

/**
 * Reads `package.json`. Without the file, the result is empty. Throws a `BuildError` that names the field if the file
 * is not valid.
 */
export async function readManifest(tree: SourceTree, file = 'package.json'): Promise<PackageJson> {
  const text = await tree.read(file);
  if (text === undefined) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new BuildError(`${file} is not valid JSON: ${errorMessage(error)}`);
  }
  const result = PackageJson.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new BuildError(
    `${file} is not valid: ${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'wrong shape'}`,
  );
}

/** All dependencies that an install may install: the requested version by name. */
export function dependenciesOf(manifest: PackageJson): Readonly<Record<string, string>> {
  return { ...manifest.devDependencies, ...manifest.optionalDependencies, ...manifest.dependencies };
}

/** A script by name; undefined if there is none. The name may be one that every object has, such as `constructor`. */
export function scriptOf({ scripts = {} }: PackageJson, name: string): string | undefined {
  return Object.hasOwn(scripts, name) ? scripts[name] : undefined;
}

/** The versions of a tool that `devEngines` asks for. */
export function devEngine(
  manifest: PackageJson,
  part: 'runtime' | 'packageManager',
): readonly { readonly name: string; readonly version?: string | undefined }[] {
  const engines = manifest.devEngines?.[part];
  if (engines === undefined) return [];
  return Array.isArray(engines) ? engines : [engines];
}
