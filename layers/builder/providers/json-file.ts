import type * as z from 'zod';
import { BuildError, errorMessage } from '../build-error.ts';
import type { SourceTree } from '../source-tree.ts';

/** A string, a comment, or a comma before a closing bracket. */
const TOKEN =
  /("(?:\\.|[^"\\])*")|\/\/[^\n\r]*|\/\*[\s\S]*?\*\/|,(?=\s*(?:(?:\/\/[^\n\r]*|\/\*[\s\S]*?\*\/)\s*)*[}\]])/g;

/**
 * Reads a JSON file; undefined if there is none. With `comments`, the file may hold comments, and commas before a
 * closing bracket, as `.jsonc` files do. Throws a `BuildError` that names the file and the field if the file is not
 * valid.
 */
export async function readJson<Value>(
  tree: SourceTree,
  file: string,
  schema: z.ZodType<Value>,
  { comments = false } = {},
): Promise<Value | undefined> {
  const text = await tree.read(file);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(comments ? text.replace(TOKEN, (_, string = '') => string) : text);
  } catch (error) {
    throw new BuildError(`${file} is not valid JSON: ${errorMessage(error)}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new BuildError(`${file} is not valid: ${issue?.path.join('.')}: ${issue?.message}`);
}
