import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';

/**
 * Runs the reconciler and waits for it. Returns the reason why it could not repair everything, or undefined. The
 * reconciler logs each repair.
 */
export async function reconcileNow(lambda: LambdaClient, functionName: string): Promise<string | undefined> {
  const { FunctionError, Payload } = await lambda.send(new InvokeCommand({ FunctionName: functionName }));
  if (FunctionError === undefined) return undefined;
  const { errorMessage = FunctionError } = JSON.parse(Buffer.from(Payload ?? []).toString() || '{}');
  return `${errorMessage}: read the log of ${functionName}`;
}
