import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { declareRoutes } from '../route.ts';
import { pageOf } from '../schemas/common.ts';
import {
  AppliedChanges,
  HistoryQuery,
  ResolvedVariables,
  SetQuery,
  StagedChanges,
  VariableChange,
  VariableEvent,
  VariableSet,
} from '../schemas/variables.ts';
import { instanceParams, instancePath } from './paths.ts';

/** The query names one of the project's sets: a service's in an environment, or the shared set of an environment or the project. */
const path = '/v1/teams/{teamId}/projects/{projectId}/variables';
const params = z.strictObject({ teamId: idSchema('team'), projectId: idSchema('project') });

export const variablesRoutes = declareRoutes({
  'variables.get': {
    method: 'GET',
    path,
    summary: "A set's applied variables; sealed values are never shown",
    access: 'variable.reveal',
    params,
    query: SetQuery,
    reply: { status: 200, schema: VariableSet },
  },
  'variables.stage': {
    method: 'PATCH',
    path,
    summary: 'Adds staged changes, which take effect once applied',
    access: 'variable.update',
    params,
    query: SetQuery,
    body: VariableChange,
    ifMatch: true,
    reply: { status: 200, schema: StagedChanges },
    errors: ['Conflict', 'PreconditionFailed', 'QuotaExceeded'],
  },
  'variables.set': {
    method: 'POST',
    path: `${path}/set`,
    summary: 'Changes variables and applies the change at once, all or nothing',
    access: 'variable.update',
    params,
    query: SetQuery,
    body: VariableChange,
    reply: { status: 200, schema: AppliedChanges },
    errors: ['Conflict', 'QuotaExceeded'],
  },
  'variables.staged': {
    method: 'GET',
    path: `${path}/staged`,
    summary: 'The staged changes, beside the applied variables',
    access: 'variable.reveal',
    params,
    query: SetQuery,
    reply: { status: 200, schema: StagedChanges },
  },
  'variables.discard': {
    method: 'DELETE',
    path: `${path}/staged`,
    summary: 'Discards the staged changes',
    access: 'variable.update',
    params,
    query: SetQuery,
    reply: { status: 200, schema: StagedChanges },
    errors: ['Conflict'],
  },
  'variables.apply': {
    method: 'POST',
    path: `${path}/apply`,
    summary: 'Applies the staged changes, and deploys the service if it was deployed before',
    access: 'variable.update',
    params,
    query: SetQuery,
    ifMatch: true,
    reply: { status: 200, schema: AppliedChanges },
    errors: ['Conflict', 'PreconditionFailed'],
  },
  'variables.history': {
    method: 'GET',
    path: `${path}/history`,
    summary: 'Who changed which names of a set within the last year, newest first; never values',
    access: 'variable.read',
    params,
    query: HistoryQuery,
    reply: { status: 200, schema: pageOf(VariableEvent) },
  },
  'variables.resolve': {
    method: 'GET',
    path: `${instancePath}/variables`,
    summary: "The variables of a service's app in an environment, with references resolved and without sealed ones",
    access: 'variable.reveal',
    params: instanceParams,
    reply: { status: 200, schema: ResolvedVariables },
    errors: ['Conflict'],
  },
});
