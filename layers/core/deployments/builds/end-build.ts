import * as z from 'zod';
import { passTurn } from './turns.ts';

const Variable = z.object({ name: z.string(), value: z.string() });

/** A build that ended, read from the detail of CodeBuild's event. https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications.html */
export const BuildEnd = z
  .object({
    'additional-information': z.object({ environment: z.object({ 'environment-variables': z.array(Variable) }) }),
  })
  .transform((detail) => {
    const variables = detail['additional-information'].environment['environment-variables'];
    const value = (wanted: string) => variables.find(({ name }) => name === wanted)?.value ?? '';
    return { deploymentId: value('DEPLOYMENT_ID'), ticket: value('BUILD_TICKET') };
  });
export type BuildEnd = z.infer<typeof BuildEnd>;

/** Gives the place of an ended build to the next one. */
export async function endBuild({ deploymentId, ticket }: BuildEnd): Promise<void> {
  if (deploymentId !== '') await passTurn(deploymentId, ticket);
}
