import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { projectRoles, roles, scopes } from '../roles.ts';
import { DisplayName, Instant, Slug } from './common.ts';

/** Characters before the @. RFC 5321, section 4.5.3.1.1 */
const MAX_LOCAL_PART = 64;

const Email = z
  .email()
  .max(254)
  .refine(
    (email) => email.lastIndexOf('@') <= MAX_LOCAL_PART,
    `must have at most ${MAX_LOCAL_PART} characters before the @`,
  )
  .meta({ id: 'Email', example: 'ada@example.com' });

export const User = z.strictObject({ id: idSchema('user'), email: Email, createdAt: Instant }).meta({ id: 'User' });
export type User = z.infer<typeof User>;

export const Team = z
  .strictObject({
    id: idSchema('team'),
    slug: Slug,
    name: DisplayName,
    createdAt: Instant,
    version: z.int().meta({ description: 'Grows with every change of the team or of its members' }),
  })
  .meta({ id: 'Team' });
export type Team = z.infer<typeof Team>;

export const NewTeam = z.strictObject({ slug: Slug, name: DisplayName.optional() }).meta({ id: 'NewTeam' });
export type NewTeam = z.infer<typeof NewTeam>;

export const TeamUpdate = z.strictObject({ name: DisplayName }).meta({ id: 'TeamUpdate' });
export type TeamUpdate = z.infer<typeof TeamUpdate>;

const Role = z.enum(roles).meta({ id: 'Role' });

const MAX_PROJECT_ROLES = 50;

/** Roles by project: a member's role on one project overrides the one on the team. */
const ProjectRoles = z
  .record(idSchema('project'), z.enum(projectRoles))
  .refine(
    (record) => Object.keys(record).length <= MAX_PROJECT_ROLES,
    `must name at most ${MAX_PROJECT_ROLES} projects`,
  )
  .meta({ id: 'ProjectRoles', description: 'Roles on single projects; each wins over the role on the team' });

/** A member's roles; without one on the team, they see only the named projects. */
const grants = {
  role: Role.nullable().meta({ description: 'The role on the whole team; null for a member of single projects only' }),
  projectRoles: ProjectRoles,
};

const TeamMembership = z.strictObject({ team: Team, ...grants }).meta({ id: 'TeamMembership' });

export const Member = z
  .strictObject({
    userId: idSchema('user'),
    teamId: idSchema('team'),
    email: Email,
    ...grants,
    joinedAt: Instant,
    version: z.int().meta({ description: "The team's version at the member's last change" }),
  })
  .meta({ id: 'Member' });
export type Member = z.infer<typeof Member>;

/** A member's new roles, which replace all present ones. */
export const MemberUpdate = z
  .strictObject({ role: grants.role, projectRoles: ProjectRoles.optional() })
  .meta({ id: 'MemberUpdate' });
export type MemberUpdate = z.infer<typeof MemberUpdate>;

export const Transfer = z.strictObject({ userId: idSchema('user') }).meta({ id: 'Transfer' });
export type Transfer = z.infer<typeof Transfer>;

export const Invitation = z
  .strictObject({
    id: idSchema('invitation'),
    teamId: idSchema('team'),
    teamName: DisplayName,
    email: Email,
    ...grants,
    invitedBy: idSchema('user'),
    createdAt: Instant,
    expiresAt: Instant,
    expired: z.boolean(),
  })
  .meta({ id: 'Invitation' });
export type Invitation = z.infer<typeof Invitation>;

export const NewInvitation = z
  .strictObject({ email: Email, role: grants.role, projectRoles: ProjectRoles.optional() })
  .meta({ id: 'NewInvitation' });
export type NewInvitation = z.infer<typeof NewInvitation>;

export const Session = z
  .strictObject({
    user: User,
    teams: z.array(TeamMembership),
    invitations: z.array(Invitation).meta({ description: 'Open invitations of this user' }),
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof Session>;

export const SignedOut = z.strictObject({ signedOutAt: Instant }).meta({ id: 'SignedOut' });
export type SignedOut = z.infer<typeof SignedOut>;

/** The data of event `session.ended`. */
export const SessionEnded = z
  .strictObject({ userId: idSchema('user'), signedOutAt: Instant })
  .meta({ id: 'SessionEnded' });
export type SessionEnded = z.infer<typeof SessionEnded>;

const Scope = z.enum(scopes).meta({
  id: 'Scope',
  description:
    'read: to read; deploy: to read, upload, deploy and roll back; all: everything that its creator may do, except members, invitations and tokens',
});

export const ApiToken = z
  .strictObject({
    id: idSchema('token'),
    teamId: idSchema('team'),
    userId: idSchema('user'),
    name: DisplayName,
    scope: Scope,
    projectId: idSchema('project').nullable().meta({ description: 'Limits it to one project; null for all' }),
    lastFour: z.string().length(4).meta({ description: 'The last four characters of the secret' }),
    createdAt: Instant,
    expiresAt: Instant,
    version: z.int(),
  })
  .meta({ id: 'ApiToken' });
export type ApiToken = z.infer<typeof ApiToken>;

export const NewApiToken = z
  .strictObject({
    name: DisplayName,
    scope: Scope,
    projectId: idSchema('project').optional(),
    expiresInDays: z.int().min(1).max(365).optional().meta({ description: 'Default: 90' }),
  })
  .meta({ id: 'NewApiToken' });
export type NewApiToken = z.infer<typeof NewApiToken>;

export const CreatedApiToken = z
  .strictObject({ token: ApiToken, secret: z.string().meta({ description: 'Shown only once' }) })
  .meta({ id: 'CreatedApiToken' });
export type CreatedApiToken = z.infer<typeof CreatedApiToken>;

/** The data for signing a person in by the authorization-code flow with PKCE (RFC 7636). */
export const SignIn = z
  .strictObject({
    authorizeUrl: z.url().meta({ example: 'https://sign-in.example.com/oauth2/authorize' }),
    tokenUrl: z.url().meta({ example: 'https://sign-in.example.com/oauth2/token' }),
    revokeUrl: z.url().meta({ example: 'https://sign-in.example.com/oauth2/revoke' }),
    clientId: z.string().meta({ example: '4f1b2c3d4e5f6g7h8i9j0k1l2m' }),
    scopes: z.array(z.string()).meta({ example: ['openid', 'email'] }),
    redirectUrls: z.array(z.url()).meta({ example: ['http://127.0.0.1:47100/callback'] }),
    dashboard: z
      .strictObject({
        clientId: z.string().meta({ example: '5g2c3d4e5f6g7h8i9j0k1l2m3n' }),
        redirectUrl: z.url().meta({ example: 'https://gantry.example.com/signed-in' }),
        logoutUrl: z.url().meta({
          description: 'Ends the sign-in that the pages remember',
          example: 'https://sign-in.example.com/logout',
        }),
      })
      .meta({ description: "The dashboard's client" }),
  })
  .meta({ id: 'SignIn' });
export type SignIn = z.infer<typeof SignIn>;

/** The end of a sign-in at the dashboard: the result of the sign-in pages, and the proof of who started it. */
export const NewBrowserSession = z
  .strictObject({
    code: z.string().min(1).max(2048).meta({ example: '5d0e8f5e-4b3c-4f0e-9a2d-0c7c8c7f5a11' }),
    verifier: z
      .string()
      .regex(/^[\w.~-]{43,128}$/, 'must be the verifier of RFC 7636: 43 to 128 letters, digits and -._~')
      .meta({ example: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk' }),
  })
  .meta({ id: 'NewBrowserSession' });
export type NewBrowserSession = z.infer<typeof NewBrowserSession>;

/** The token for a page's calls, which stays in memory. */
export const BrowserAccess = z
  .strictObject({ accessToken: z.string().meta({ example: 'eyJraWQiOi…' }), expiresAt: Instant })
  .meta({ id: 'BrowserAccess' });
export type BrowserAccess = z.infer<typeof BrowserAccess>;
