import { authenticate, getSession, getTeam } from '@gantry/core/identity/operations.ts';
import { createTicket } from '@gantry/core/realtime/tickets.ts';
import { serve } from '@gantry/runtime/serve.ts';

export const handler = serve(
  'identity',
  {
    'session.get': ({ caller }) => getSession(caller),
    'teams.get': ({ caller, params }) => getTeam(caller, params),
    'tickets.create': ({ caller }) => createTicket(caller),
  },
  { authenticate },
);
