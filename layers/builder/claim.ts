import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { type BuildClaim, BuildOrder } from '@gantry/wiring/build.ts';
import * as z from 'zod';
import type { Environment } from './environment.ts';

/** The platform refused an order: the ticket was used or has expired, or the deployment is over. The message says which. */
export class ClaimRefused extends Error {}

/** An error of the platform's functions: Lambda's `errorMessage` holds a sentence for people. */
const Failure = z.object({ errorMessage: z.string() });
const Detail = z.object({ detail: z.string() });

/**
 * Claims the order of this build with the role of the CodeBuild project. Throws `ClaimRefused` if the platform refuses
 * the order. Source: AWS Lambda API, "Invoke".
 */
export async function claimOrder(environment: Environment, signal: AbortSignal): Promise<BuildOrder> {
  const claim: BuildClaim = {
    deploymentId: environment.DEPLOYMENT_ID,
    ticket: environment.BUILD_TICKET,
    // A build that lost the answer, or that starts again, asks again and gets the same order.
    claimant: environment.CODEBUILD_BUILD_ID,
  };
  const client = new LambdaClient({});
  try {
    const command = new InvokeCommand({ FunctionName: environment.CLAIM_FUNCTION, Payload: JSON.stringify(claim) });
    const { FunctionError, Payload } = await client.send(command, { abortSignal: signal });
    const answer = parseJson(Buffer.from(Payload ?? []).toString());
    if (FunctionError !== undefined) {
      throw new ClaimRefused(`the platform gave this build no order: ${detailOf(answer) ?? FunctionError}`);
    }
    const order = BuildOrder.safeParse(answer);
    if (order.success) return order.data;
    const field = order.error.issues[0]?.path.join('.') || 'the answer';
    throw new Error(`${environment.CLAIM_FUNCTION} gave an order that is not valid: ${field}`);
  } finally {
    client.destroy();
  }
}

function detailOf(answer: unknown): string | undefined {
  const message = Failure.safeParse(answer).data?.errorMessage;
  return Detail.safeParse(parseJson(message ?? '')).data?.detail ?? message;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
