import { identityRoutes } from '@gantry/contract/routes/identity.ts';
import { admit } from '@gantry/core/identity/admission.ts';
import * as invitations from '@gantry/core/identity/invitations.ts';
import * as members from '@gantry/core/identity/members.ts';
import * as teams from '@gantry/core/identity/teams.ts';
import * as tokens from '@gantry/core/identity/tokens.ts';
import { createTicket } from '@gantry/core/realtime/tickets.ts';
import { serve } from '@gantry/runtime/serve.ts';

export const handler = serve(
  identityRoutes,
  {
    'session.get': ({ caller }) => teams.getSession(caller),
    'session.end': ({ caller }) => teams.endSession(caller),
    'teams.create': ({ caller, body }) => teams.createTeam(caller, body),
    'teams.get': ({ caller, params }) => teams.getTeam(caller, params),
    'teams.update': ({ caller, params, body, ifMatch }) => teams.updateTeam(caller, params, body, ifMatch),
    'teams.transfer': ({ caller, params, body }) => members.transferTeam(caller, params, body),
    'teams.leave': ({ caller, params }) => members.leaveTeam(caller, params),
    'members.list': ({ caller, params, query }) => members.listMembers(caller, params, query),
    'members.update': ({ caller, params, body, ifMatch }) => members.updateMember(caller, params, body, ifMatch),
    'members.remove': ({ caller, params }) => members.removeMember(caller, params),
    'invitations.create': ({ caller, params, body }) => invitations.createInvitation(caller, params, body),
    'invitations.list': ({ caller, params, query }) => invitations.listInvitations(caller, params, query),
    'invitations.revoke': ({ caller, params }) => invitations.revokeInvitation(caller, params),
    'invitations.accept': ({ caller, params }) => invitations.acceptInvitation(caller, params),
    'tokens.create': ({ caller, params, body }) => tokens.createToken(caller, params, body),
    'tokens.list': ({ caller, params, query }) => tokens.listTokens(caller, params, query),
    'tokens.revoke': ({ caller, params }) => tokens.revokeToken(caller, params),
    'tickets.create': ({ caller }) => createTicket(caller),
  },
  { authenticate: admit },
);
