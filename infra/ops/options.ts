import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { LOCAL_STAGE, readStage } from '../stage.ts';
import { UsageError } from './command.ts';

/** The part of the usage text that all commands share. */
export const STAGE_USAGE = `AWS_REGION, AWS_ENDPOINT_URL and the usual credentials in the environment select AWS or the local cloud. --stage, GANTRY_STAGE or
gantry.stage.json names the stage; the local cloud's stage is "local".`;

/** The flags of a command, and its stage. Throws a UsageError for a flag that the command does not have. */
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
 * The stage that the command line, the environment, or the stage's file in `directory` names. Throws a UsageError for
 * the stage of one machine on AWS: that stage keeps no data, and may fetch from private networks.
 */
export function stageOf(
  given: string | undefined,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  directory?: string,
): string {
  const stage = given ?? environment.GANTRY_STAGE ?? readStage(() => undefined, environment, directory).stage;
  if (stage !== LOCAL_STAGE || environment.AWS_ENDPOINT_URL !== undefined) return stage;
  throw new UsageError(
    'Name the stage with --stage, with GANTRY_STAGE or in gantry.stage.json. The stage "local" is only for the local cloud.',
  );
}
