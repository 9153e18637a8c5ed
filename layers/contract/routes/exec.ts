import { declareRoutes } from '../route.ts';
import { ExecSession, NewExec } from '../schemas/exec.ts';
import { execParams, instanceParams, instancePath } from './paths.ts';

export const execRoutes = declareRoutes({
  'exec.create': {
    method: 'POST',
    path: `${instancePath}/exec`,
    summary:
      'Runs a command in a replica of the live release; follow the topic `exec:<id>` within 20 s for its input and output',
    access: 'service.exec',
    params: instanceParams,
    body: NewExec,
    reply: { status: 201, schema: ExecSession },
    errors: ['Conflict', 'QuotaExceeded', 'TooLarge'],
  },
  'exec.get': {
    method: 'GET',
    path: `${instancePath}/exec/{execId}`,
    summary: 'A command from the last day, and how it ended',
    access: 'service.exec',
    params: execParams,
    reply: { status: 200, schema: ExecSession },
  },
});
