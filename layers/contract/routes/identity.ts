import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { declareRoutes } from '../route.ts';
import { Session, Team } from '../schemas/identity.ts';
import { Ticket } from '../schemas/realtime.ts';

export const identityRoutes = declareRoutes({
  'session.get': {
    method: 'GET',
    path: '/v1/session',
    summary: 'Who is signed in, and their teams',
    access: 'signedIn',
    reply: { status: 200, schema: Session },
  },
  'teams.get': {
    method: 'GET',
    path: '/v1/teams/{teamId}',
    summary: 'One team',
    access: 'team.read',
    params: z.strictObject({ teamId: idSchema('team') }),
    reply: { status: 200, schema: Team },
  },
  'tickets.create': {
    method: 'POST',
    path: '/v1/realtime/tickets',
    summary: 'A ticket that opens one WebSocket connection within a minute',
    access: 'signedIn',
    reply: { status: 201, schema: Ticket },
  },
});
