import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { platform } from './fixture.ts';

/** Invokes the collector, which also runs by itself once a minute. */
export async function collect(): Promise<void> {
  const { aws: endpoint, region, credentials } = platform.endpoints;
  const lambda = new LambdaClient({ endpoint, region, credentials });
  const FunctionName = platform.endpoints.outputs['gantry-local-upkeep']?.['CollectFunction'];
  const { FunctionError, Payload } = await lambda.send(new InvokeCommand({ FunctionName }));
  lambda.destroy();
  if (FunctionError !== undefined) throw new Error(Buffer.from(Payload ?? []).toString());
}
