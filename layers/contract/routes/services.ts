import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { declareRoutes } from '../route.ts';
import { PageQuery, pageOf } from '../schemas/common.ts';
import { NewService, Service, ServiceChange } from '../schemas/services.ts';
import { SourceCredential } from '../schemas/source.ts';

const project = z.strictObject({ teamId: idSchema('team'), projectId: idSchema('project') });
const service = z.strictObject({ ...project.shape, serviceId: idSchema('service') });
const servicesPath = '/v1/teams/{teamId}/projects/{projectId}/services';
const servicePath = `${servicesPath}/{serviceId}` as const;

/** Served by the function of context `projects`. */
export const servicesRoutes = declareRoutes({
  'services.create': {
    method: 'POST',
    path: servicesPath,
    summary: 'Creates a service',
    access: 'service.create',
    params: project,
    body: NewService,
    reply: { status: 201, schema: Service },
    errors: ['Conflict', 'QuotaExceeded'],
  },
  'services.list': {
    method: 'GET',
    path: servicesPath,
    summary: "A project's services",
    access: 'service.read',
    params: project,
    query: PageQuery,
    reply: { status: 200, schema: pageOf(Service) },
  },
  'services.get': {
    method: 'GET',
    path: servicePath,
    summary: 'One service',
    access: 'service.read',
    params: service,
    reply: { status: 200, schema: Service },
  },
  'services.update': {
    method: 'PATCH',
    path: servicePath,
    summary: "Changes a service's name and settings; missing ones stay as they are",
    access: 'service.update',
    params: service,
    body: ServiceChange,
    ifMatch: true,
    reply: { status: 200, schema: Service },
    errors: ['Conflict', 'PreconditionFailed'],
  },
  'services.delete': {
    method: 'DELETE',
    path: servicePath,
    summary: 'Deletes a service in all environments, in the background',
    access: 'service.delete',
    params: service,
    reply: { status: 202, schema: Service },
    errors: ['Conflict'],
  },
  'services.setCredential': {
    method: 'PUT',
    path: `${servicePath}/credential`,
    summary: "Keeps the credential for the source's git server; no other server gets it",
    access: 'service.update',
    params: service,
    body: SourceCredential,
    reply: { status: 200, schema: Service },
    errors: ['Conflict'],
  },
  'services.removeCredential': {
    method: 'DELETE',
    path: `${servicePath}/credential`,
    summary: 'Forgets it',
    access: 'service.update',
    params: service,
    reply: { status: 200, schema: Service },
    errors: ['Conflict'],
  },
});
