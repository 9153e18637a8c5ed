import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { declareRoutes } from '../route.ts';
import { PageQuery, pageOf } from '../schemas/common.ts';
import {
  Confirmation,
  Environment,
  EnvironmentChange,
  NewEnvironment,
  NewProject,
  Project,
  ProjectChange,
} from '../schemas/projects.ts';

const team = z.strictObject({ teamId: idSchema('team') });
const project = z.strictObject({ ...team.shape, projectId: idSchema('project') });
const projectsPath = '/v1/teams/{teamId}/projects';
const projectPath = `${projectsPath}/{projectId}` as const;
const environment = z.strictObject({ ...project.shape, environmentId: idSchema('environment') });
const environmentPath = `${projectPath}/environments/{environmentId}` as const;

export const projectsRoutes = declareRoutes({
  'projects.create': {
    method: 'POST',
    path: projectsPath,
    summary: 'Creates a project with its first environment, production',
    access: 'project.create',
    params: team,
    body: NewProject,
    reply: { status: 201, schema: Project },
    errors: ['Conflict', 'QuotaExceeded'],
  },
  'projects.list': {
    method: 'GET',
    path: projectsPath,
    summary: "A team's projects",
    access: 'project.read',
    params: team,
    query: PageQuery,
    reply: { status: 200, schema: pageOf(Project) },
  },
  'projects.get': {
    method: 'GET',
    path: projectPath,
    summary: 'One project',
    access: 'project.read',
    params: project,
    reply: { status: 200, schema: Project },
  },
  'projects.update': {
    method: 'PATCH',
    path: projectPath,
    summary: "Changes a project's display name",
    access: 'project.update',
    params: project,
    body: ProjectChange,
    ifMatch: true,
    reply: { status: 200, schema: Project },
    errors: ['Conflict', 'PreconditionFailed'],
  },
  'projects.delete': {
    method: 'DELETE',
    path: projectPath,
    summary: 'Deletes a project with everything in it, in the background',
    access: 'project.delete',
    params: project,
    query: Confirmation,
    reply: { status: 202, schema: Project },
    errors: ['Conflict'],
  },
  'environments.create': {
    method: 'POST',
    path: `${projectPath}/environments`,
    summary: 'Creates an environment',
    access: 'environment.create',
    params: project,
    body: NewEnvironment,
    reply: { status: 201, schema: Environment },
    errors: ['Conflict', 'QuotaExceeded'],
  },
  'environments.list': {
    method: 'GET',
    path: `${projectPath}/environments`,
    summary: "A project's environments",
    access: 'environment.read',
    params: project,
    query: PageQuery,
    reply: { status: 200, schema: pageOf(Environment) },
  },
  'environments.get': {
    method: 'GET',
    path: environmentPath,
    summary: 'One environment',
    access: 'environment.read',
    params: environment,
    reply: { status: 200, schema: Environment },
  },
  'environments.update': {
    method: 'PATCH',
    path: environmentPath,
    summary: "Changes an environment's display name",
    access: 'environment.update',
    params: environment,
    body: EnvironmentChange,
    ifMatch: true,
    reply: { status: 200, schema: Environment },
    errors: ['Conflict', 'PreconditionFailed'],
  },
  'environments.delete': {
    method: 'DELETE',
    path: environmentPath,
    summary: 'Deletes an environment with everything in it, in the background',
    access: 'environment.delete',
    params: environment,
    query: Confirmation,
    reply: { status: 202, schema: Environment },
    errors: ['Conflict'],
  },
});
