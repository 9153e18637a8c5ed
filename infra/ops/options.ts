import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { LOCAL_STAGE, readStage } from '../stage.ts';
import { UsageError } from './command.ts';

/** What every command takes. */
export const STAGE_USAGE = `Finds AWS, or the local cloud, by AWS_REGION, AWS_ENDPOINT_URL and the usual credentials of the environment; the stage by --stage,
GANTRY_STAGE or gantry.stage.json, "local" on the local cloud.`;

/** The flags of a command, and its stage. Throws a UsageError where they are not those that it takes. */
export function readOptions<T extends ParseArgsOptionsConfig>(args: readonly string[], options: T) {
  const { values, positionals } = parse(args, options);
  const { stage, help } = values as { readonly stage?: string; readonly help?: boolean };
  return { values, positionals, stage: help === true ? LOCAL_STAGE : stageOf(stage) };
}

function parse<T extends ParseArgsOptionsConfig>(args: readonly string[], options: T) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...options, stage: { type: 'string' } } as T & { stage: { type: 'string' } },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * The stage that is named: by the command line, by the environment, or by the stage's file in `directory`. Throws a UsageError where it would be that of one
 * machine on AWS: nothing of it is kept, and it may fetch from private networks.
 */
export function stageOf(
  given: string | undefined,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  directory?: string,
): string {
  const stage = given ?? environment.GANTRY_STAGE ?? readStage(() => undefined, environment, directory).stage;
  if (stage !== LOCAL_STAGE || environment.AWS_ENDPOINT_URL !== undefined) return stage;
  throw new UsageError(
    'Name the stage: by --stage, by GANTRY_STAGE or in gantry.stage.json. The stage "local" is for the local cloud alone.',
  );
}
