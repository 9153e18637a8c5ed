import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { declareRoutes } from '../route.ts';
import { Alert, AlertChange, AlertStateChange, NewAlert, Silence } from '../schemas/alerts.ts';
import { PageQuery, pageOf } from '../schemas/common.ts';

const path = '/v1/teams/{teamId}/projects/{projectId}/alerts' as const;
const alertPath = `${path}/{alertId}` as const;
const ofProject = z.strictObject({ teamId: idSchema('team'), projectId: idSchema('project') });
const params = z.strictObject({ ...ofProject.shape, alertId: idSchema('alert') });

export const alertsRoutes = declareRoutes({
  'alerts.create': {
    method: 'POST',
    path,
    summary: 'Creates an alert on a metric of a service in an environment',
    access: 'alert.manage',
    params: ofProject,
    body: NewAlert,
    reply: { status: 201, schema: Alert },
    errors: ['Conflict', 'QuotaExceeded'],
  },
  'alerts.list': {
    method: 'GET',
    path,
    summary: 'The alerts of a project, oldest first',
    access: 'alert.read',
    params: ofProject,
    query: PageQuery,
    reply: { status: 200, schema: pageOf(Alert) },
  },
  'alerts.get': {
    method: 'GET',
    path: alertPath,
    summary: 'One alert with its state',
    access: 'alert.read',
    params,
    reply: { status: 200, schema: Alert },
  },
  'alerts.update': {
    method: 'PATCH',
    path: alertPath,
    summary: 'Changes the rule of an alert; its state stays until the next minute is judged',
    access: 'alert.manage',
    params,
    body: AlertChange,
    ifMatch: true,
    reply: { status: 200, schema: Alert },
    errors: ['Conflict'],
  },
  'alerts.silence': {
    method: 'PUT',
    path: `${alertPath}/silence`,
    summary: 'Holds the notifications of an alert back until an instant',
    access: 'alert.manage',
    params,
    body: Silence,
    reply: { status: 200, schema: Alert },
    errors: ['Conflict'],
  },
  'alerts.history': {
    method: 'GET',
    path: `${alertPath}/history`,
    summary: 'The changes of the state of an alert in the last 90 days, newest first',
    access: 'alert.read',
    params,
    query: PageQuery,
    reply: { status: 200, schema: pageOf(AlertStateChange) },
  },
  'alerts.delete': {
    method: 'DELETE',
    path: alertPath,
    summary: 'Deletes an alert',
    access: 'alert.manage',
    params,
    reply: { status: 200, schema: Alert },
  },
});
