import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { roles } from '../roles.ts';
import { DisplayName, Instant, Slug } from './common.ts';

export const User = z.strictObject({ id: idSchema('user'), email: z.email(), createdAt: Instant }).meta({ id: 'User' });
export type User = z.infer<typeof User>;

export const Team = z
  .strictObject({ id: idSchema('team'), slug: Slug, name: DisplayName, createdAt: Instant, version: z.int() })
  .meta({ id: 'Team' });
export type Team = z.infer<typeof Team>;

export const Role = z.enum(roles).meta({ id: 'Role' });

export const TeamMembership = z.strictObject({ team: Team, role: Role }).meta({ id: 'TeamMembership' });
export type TeamMembership = z.infer<typeof TeamMembership>;

export const Session = z.strictObject({ user: User, teams: z.array(TeamMembership) }).meta({ id: 'Session' });
export type Session = z.infer<typeof Session>;

/** What a client needs to sign a person in by the authorization-code flow with PKCE (RFC 7636). */
export const SignIn = z
  .strictObject({
    authorizeUrl: z.url().meta({ example: 'https://sign-in.example.com/oauth2/authorize' }),
    tokenUrl: z.url().meta({ example: 'https://sign-in.example.com/oauth2/token' }),
    revokeUrl: z.url().meta({ example: 'https://sign-in.example.com/oauth2/revoke' }),
    clientId: z.string().meta({ example: '4f1b2c3d4e5f6g7h8i9j0k1l2m' }),
    scopes: z.array(z.string()).meta({ example: ['openid', 'email'] }),
    redirectUrls: z.array(z.url()).meta({ example: ['http://127.0.0.1:47100/callback'] }),
  })
  .meta({ id: 'SignIn' });
export type SignIn = z.infer<typeof SignIn>;
