import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { declareRoutes } from '../route.ts';
import { PageQuery, pageOf } from '../schemas/common.ts';
import { Environment, NewEnvironment, NewProject, NewService, Project, Service } from '../schemas/projects.ts';

const team = z.strictObject({ teamId: idSchema('team') });
const project = z.strictObject({ ...team.shape, projectId: idSchema('project') });
const projectsPath = '/v1/teams/{teamId}/projects';
const projectPath = `${projectsPath}/{projectId}` as const;

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
  'services.create': {
    method: 'POST',
    path: `${projectPath}/services`,
    summary: 'Creates a service',
    access: 'service.create',
    params: project,
    body: NewService,
    reply: { status: 201, schema: Service },
    errors: ['Conflict', 'QuotaExceeded'],
  },
  'services.list': {
    method: 'GET',
    path: `${projectPath}/services`,
    summary: "A project's services",
    access: 'service.read',
    params: project,
    query: PageQuery,
    reply: { status: 200, schema: pageOf(Service) },
  },
  'services.get': {
    method: 'GET',
    path: `${projectPath}/services/{serviceId}`,
    summary: 'One service',
    access: 'service.read',
    params: z.strictObject({ ...project.shape, serviceId: idSchema('service') }),
    reply: { status: 200, schema: Service },
  },
});
