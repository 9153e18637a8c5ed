import type * as z from 'zod';
import { BuildError, errorMessage } from '../build-error.ts';
import type { SourceTree } from '../source-tree.ts';

/** A string, a comment, or a comma before the end of a list. */
const TOKEN =
  /("(?:\\.|[^"\\])*")|\/\/[^\n\r]*|\/\*[\s\S]*?\*\/|,(?=\s*(?:(?:\/\/[^\n\r]*|\/\*[\s\S]*?\*\/)\s*)*[}\]])/g;

/**
 * Reads a JSON file, with comments and commas before a closing bracket where `.jsonc` allows them; undefined where there is none. Throws a `BuildError`
 * that names the file and the field where it is not as it should be.
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
