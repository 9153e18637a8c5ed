import { parse as parseToml } from 'smol-toml';
import type * as z from 'zod';
import { BuildError, errorMessage } from '../build-error.ts';
import type { SourceTree } from '../source-tree.ts';

/**
 * Reads a TOML file; undefined if there is none. Throws a `BuildError` that names the file and the field if the file is
 * not valid.
 */
export async function readToml<Value>(
  tree: SourceTree,
  file: string,
  schema: z.ZodType<Value>,
): Promise<Value | undefined> {
  const text = await tree.read(file);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = parseToml(text);
  } catch (error) {
    throw new BuildError(`${file} is not valid TOML: ${errorMessage(error)}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new BuildError(`${file} is not valid: ${issue?.path.join('.')}: ${issue?.message}`);
}
