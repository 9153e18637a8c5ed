import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { UsageError } from './command.ts';

/** What every command takes. */
export const STAGE_USAGE = `Finds AWS, or the local cloud, by AWS_REGION, AWS_ENDPOINT_URL and the usual credentials of the environment; the stage by --stage
or GANTRY_STAGE, "local" by default.`;

/** The flags of a command, and its stage. Throws a UsageError where they are not those that it takes. */
export function readOptions<T extends ParseArgsOptionsConfig>(args: readonly string[], options: T) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...options, stage: { type: 'string' } } as T & { stage: { type: 'string' } },
    });
    const stage = (values as { readonly stage?: string }).stage ?? process.env.GANTRY_STAGE ?? 'local';
    return { values, positionals, stage };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
