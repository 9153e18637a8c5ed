import * as z from 'zod';
import { idSchema } from '../ids.ts';

/** The path to one environment. */
export const environmentPath = '/v1/teams/{teamId}/projects/{projectId}/environments/{environmentId}' as const;

export const environmentParams = z.strictObject({
  teamId: idSchema('team'),
  projectId: idSchema('project'),
  environmentId: idSchema('environment'),
});

/** The path to one service in one environment, the parent of deployments and logs. */
export const instancePath =
  '/v1/teams/{teamId}/projects/{projectId}/services/{serviceId}/environments/{environmentId}' as const;

export const instanceParams = z.strictObject({
  teamId: idSchema('team'),
  projectId: idSchema('project'),
  serviceId: idSchema('service'),
  environmentId: idSchema('environment'),
});

export const deploymentParams = z.strictObject({ ...instanceParams.shape, deploymentId: idSchema('deployment') });

export const execParams = z.strictObject({ ...instanceParams.shape, execId: idSchema('exec') });
