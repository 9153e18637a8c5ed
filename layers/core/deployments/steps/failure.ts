import { environment } from '@gantry/cloud/environment.ts';
import { tailOfStreams } from '@gantry/cloud/logs.ts';
import { type ErrorKind, isErrorKind } from '@gantry/contract/errors.ts';
import type { Reason, StepName } from '@gantry/contract/schemas/deployments.ts';
import * as z from 'zod';
import { BUILD, isPrinted } from '../../logs/lines.ts';

/** The data of the machine's Catch: the failed state and the error of Step Functions. */
export const Failure = z.object({ state: z.string(), error: z.string(), cause: z.string() });
export type Failure = z.infer<typeof Failure>;

const LINES = 20;

/** A Lambda function's error as Step Functions reports it; `step` has written a GantryError into `errorMessage`. */
const FunctionCause = z.object({ errorMessage: z.string() });
const StepMessage = z.object({ detail: z.string(), lines: z.array(z.string()) });

/** A reason with advice, made from the error that the machine caught. */
export async function reasonFor(
  { state, error, cause }: Failure,
  deploymentId: string,
  step: StepName,
): Promise<Reason> {
  if (state === 'Build') return { ...(await buildReason(error, deploymentId)), step: 'build' };
  if (state === 'Queue' && error === 'States.Timeout') {
    const detail =
      'No place for the build became free within an hour. Deploy again, or ask an operator for more builds at once.';
    return { kind: 'QuotaExceeded', step, detail, lines: [] };
  }
  const message = parsed(StepMessage, parsed(FunctionCause, cause)?.errorMessage);
  if (message) return { kind: kindOf(error), step, detail: message.detail, lines: message.lines };
  const detail =
    error === 'States.Timeout'
      ? `The step exceeded its time limit. Deploy again; if that does not help, ask an operator to look at deployment ${deploymentId}.`
      : `The platform could not finish this step. Deploy again; if that does not help, ask an operator to look at deployment ${deploymentId}.`;
  return { kind: kindOf(error), step, detail, lines: [] };
}

async function buildReason(error: string, deploymentId: string): Promise<Omit<Reason, 'step'>> {
  const last = await tailOfStreams(environment('BUILD_LOG_GROUP'), `${deploymentId}/`, 2 * LINES);
  const lines = last.filter((line) => isPrinted(line, { source: BUILD })).slice(-LINES);
  if (error === 'States.Timeout')
    return { kind: 'BuildFailed', detail: 'The build took longer than an hour and was stopped.', lines };
  const said = lines.findLast((line) => line.startsWith('error: '))?.slice('error: '.length);
  if (said !== undefined) return { kind: 'BuildFailed', detail: said, lines };
  // A killed builder printed nothing; CodeBuild's own lines may name the cause.
  return {
    kind: 'BuildFailed',
    detail: 'The build failed: the last lines of its log say why.',
    lines: last.slice(-LINES),
  };
}

function kindOf(error: string): ErrorKind {
  return isErrorKind(error) ? error : 'Internal';
}

function parsed<T>(schema: z.ZodType<T>, text: string | undefined): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
}
