import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { declareRoutes } from '../route.ts';
import { PageQuery, pageOf } from '../schemas/common.ts';
import { Deployment, NewDeployment, Release, Rollback } from '../schemas/deployments.ts';
import { InstanceHealth } from '../schemas/health.ts';
import { DeploymentPlan } from '../schemas/plan.ts';
import { deploymentParams, environmentParams, environmentPath, instanceParams, instancePath } from './paths.ts';

export const deploymentsRoutes = declareRoutes({
  'deployments.create': {
    method: 'POST',
    path: `${instancePath}/deployments`,
    summary: 'Builds an upload and releases it; a newer deployment supersedes one in flight',
    access: 'deployment.create',
    params: instanceParams,
    body: NewDeployment,
    reply: { status: 201, schema: Deployment },
    errors: ['Conflict', 'QuotaExceeded'],
  },
  'deployments.redeploy': {
    method: 'POST',
    path: `${instancePath}/redeployments`,
    summary:
      "Releases the live image again, without a build, with the service's settings and variables as they are now",
    access: 'deployment.create',
    params: instanceParams,
    reply: { status: 201, schema: Deployment },
    errors: ['Conflict', 'QuotaExceeded'],
  },
  'deployments.list': {
    method: 'GET',
    path: `${instancePath}/deployments`,
    summary: 'The deployments of a service in an environment, newest first',
    access: 'deployment.read',
    params: instanceParams,
    query: PageQuery,
    reply: { status: 200, schema: pageOf(Deployment) },
  },
  'deployments.recent': {
    method: 'GET',
    path: '/v1/teams/{teamId}/deployments',
    summary: 'The deployments of all projects that you see, newest first; a page may hold fewer than asked for',
    access: 'project.read',
    params: z.strictObject({ teamId: idSchema('team') }),
    query: PageQuery,
    reply: { status: 200, schema: pageOf(Deployment) },
  },
  'deployments.get': {
    method: 'GET',
    path: `${instancePath}/deployments/{deploymentId}`,
    summary: 'One deployment with its steps',
    access: 'deployment.read',
    params: deploymentParams,
    reply: { status: 200, schema: Deployment },
  },
  'deployments.release': {
    method: 'GET',
    path: `${instancePath}/deployments/{deploymentId}/release`,
    summary: 'What a deployment released, or returned to: the image, and the settings as they were recorded with it',
    access: 'deployment.read',
    params: deploymentParams,
    reply: { status: 200, schema: Release },
  },
  'deployments.plan': {
    method: 'GET',
    path: `${instancePath}/deployments/{deploymentId}/plan`,
    summary: 'How the build of a deployment made its image, part by part, and why so',
    access: 'deployment.read',
    params: deploymentParams,
    reply: { status: 200, schema: DeploymentPlan },
  },
  'deployments.health': {
    method: 'GET',
    path: `${instancePath}/health`,
    summary: 'How a service is doing in an environment',
    access: 'deployment.read',
    params: instanceParams,
    reply: { status: 200, schema: InstanceHealth },
  },
  'deployments.healthOfEnvironment': {
    method: 'GET',
    path: `${environmentPath}/health`,
    summary: 'How the services of an environment are doing that were live once',
    access: 'deployment.read',
    params: environmentParams,
    query: PageQuery,
    reply: { status: 200, schema: pageOf(InstanceHealth) },
  },
  'deployments.stop': {
    method: 'POST',
    path: `${instancePath}/stop`,
    summary:
      'Stops a service in an environment until it is started or deployed again; its release and its address stay',
    access: 'deployment.create',
    params: instanceParams,
    reply: { status: 200, schema: InstanceHealth },
    errors: ['Conflict'],
  },
  'deployments.start': {
    method: 'POST',
    path: `${instancePath}/start`,
    summary: 'Starts the release of a stopped service again, without a build',
    access: 'deployment.create',
    params: instanceParams,
    reply: { status: 201, schema: Deployment },
    errors: ['Conflict'],
  },
  'deployments.cancel': {
    method: 'POST',
    path: `${instancePath}/deployments/{deploymentId}/cancel`,
    summary: 'Stops a deployment in flight; the release before goes on serving',
    access: 'deployment.cancel',
    params: deploymentParams,
    reply: { status: 200, schema: Deployment },
    errors: ['Conflict'],
  },
  'deployments.redrive': {
    method: 'POST',
    path: `${instancePath}/deployments/{deploymentId}/redrive`,
    summary: 'Takes a failed deployment up again at the step that failed, with what the steps before it made',
    access: 'deployment.redrive',
    params: deploymentParams,
    reply: { status: 200, schema: Deployment },
    errors: ['Conflict'],
  },
  'deployments.rollback': {
    method: 'POST',
    path: `${instancePath}/rollbacks`,
    summary: 'Returns traffic to an earlier release, without a build',
    access: 'deployment.rollback',
    params: instanceParams,
    body: Rollback,
    reply: { status: 201, schema: Deployment },
    errors: ['Conflict'],
  },
});
