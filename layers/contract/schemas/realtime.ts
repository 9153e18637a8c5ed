import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { Instant } from './common.ts';
import { ExecEnd, execLimits, TerminalSize } from './exec.ts';
import { LogLine } from './logs.ts';

export const Ticket = z
  .strictObject({
    url: z.url().meta({
      description: 'The WebSocket address with the ticket in it',
      example: 'wss://live.example.com/live?ticket=…',
    }),
    expiresAt: Instant,
  })
  .meta({ id: 'Ticket' });
export type Ticket = z.infer<typeof Ticket>;

const ulid = '[0-7][0-9A-HJKMNP-TV-Z]{25}';

/** What a client can subscribe to. */
export const Topic = z
  .string()
  .regex(
    new RegExp(
      `^(?:team:team_${ulid}|project:prj_${ulid}|service:svc_${ulid}|deployment:dpl_${ulid}|logs:build:dpl_${ulid}|logs:app:svc_${ulid}:env_${ulid}|exec:exc_${ulid})$`,
    ),
    'must be team:<id>, project:<id>, service:<id>, deployment:<id>, logs:build:<deployment id>, logs:app:<service id>:<environment id> or exec:<id>',
  )
  .meta({ id: 'Topic', example: 'deployment:dpl_01J8Z3N5W4Q8R7T6Y5X4W3V2T1' });

/** What each form of topic carries, for people. */
export const topicForms: Readonly<Record<string, string>> = {
  'team:<team>':
    'Every change in a team that the follower may read, as `event` frames; for members of the whole team. Invitations are for admins, tokens for admins and their creators.',
  'project:<project>': 'Every change in a project, as `event` frames.',
  'service:<service>': 'Each change of a service and of its deployments, as `event` frames.',
  'deployment:<deployment>': 'Each change of a deployment, as an `event` frame with the whole deployment.',
  'logs:build:<deployment>': 'The output of the build, as `logs` frames.',
  'logs:app:<service>:<environment>': 'The output of a service in an environment, as `logs` frames.',
  'exec:<session>':
    'The output of a command in a service, as `output` frames, and its end, as an `exit` frame; for one connection of the user who started it. Send `input` frames meanwhile.',
};

const bytes = z.base64().meta({ description: 'Bytes in base64', example: 'bHMK' });

/** The input of a command: bytes of its stdin, the end of stdin, or another size of its terminal. Number the frames of a session from 1 on. */
const Input = z.strictObject({
  type: z.literal('input'),
  topic: Topic,
  sequence: z.int().min(1).max(1_000_000),
  data: bytes.max(Math.ceil(execLimits.bytesOfInput / 3) * 4).optional(),
  end: z.literal(true).optional(),
  size: TerminalSize.optional(),
});
export type Input = z.infer<typeof Input>;

/** The frames of a client. A topic is named with its team; `service:` and `logs:app:` also need the project, which finds their subjects. */
export const ClientFrame = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('subscribe'),
    teamId: idSchema('team'),
    projectId: idSchema('project').optional(),
    topic: Topic,
  }),
  z.strictObject({ type: z.literal('unsubscribe'), topic: Topic }),
  z.strictObject({ type: z.literal('ping') }),
  Input,
]);
export type ClientFrame = z.infer<typeof ClientFrame>;

/**
 * The frames of the server. `unsubscribed` comes by itself when the user's rights in the team change: subscribe again to what may still be followed.
 * An event's `aggregate.version` orders it among the events of that aggregate: drop events that are not newer than the known version, and never order
 * by id or time.
 */
export const ServerFrame = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('subscribed'), topic: Topic }),
  z.strictObject({ type: z.literal('unsubscribed'), topic: Topic }),
  z.strictObject({ type: z.literal('pong') }),
  z.strictObject({
    type: z.literal('error'),
    kind: z.string().meta({ example: 'NotFound' }),
    detail: z.string().meta({ example: 'There is no deployment dpl_01J8Z3N5W4Q8R7T6Y5X4W3V2T1 here.' }),
    topic: z.string().meta({ example: 'deployment:dpl_01J8Z3N5W4Q8R7T6Y5X4W3V2T1' }).optional(),
  }),
  z.strictObject({
    type: z.literal('event'),
    topic: Topic,
    id: idSchema('event'),
    name: z.string().meta({ example: 'deployment.advanced' }),
    at: Instant,
    aggregate: z.strictObject({ id: z.string(), version: z.int() }),
    data: z.unknown(),
  }),
  z.strictObject({ type: z.literal('logs'), topic: Topic, lines: z.array(LogLine) }),
  z
    .strictObject({ type: z.literal('taken'), topic: Topic, sequence: z.int() })
    .meta({ description: 'Answers an `input` frame' }),
  z
    .strictObject({
      type: z.literal('output'),
      topic: Topic,
      sequence: z.int(),
      stream: z.enum(['stdout', 'stderr']),
      data: bytes,
    })
    .meta({
      description:
        'The output of a command, in order; all on `stdout` with a terminal. Without data it is a sign of life',
    }),
  z
    .strictObject({
      type: z.literal('exit'),
      topic: Topic,
      end: ExecEnd,
      exitCode: z.int().nullable(),
      detail: z.string().nullable(),
    })
    .meta({ description: 'The end of a command; no frame of its session follows' }),
]);
export type ServerFrame = z.infer<typeof ServerFrame>;
