import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { Instant } from './common.ts';

/** The limits of one session. Exceeding one ends the session, and its last frame names the limit. */
export const execLimits = {
  /** At the same time, per service in an environment. */
  sessionsPerService: 5,
  words: 100,
  bytesOfCommand: 8 * 1024,
  /** Both outputs together. */
  outputBytes: 8 * 1024 * 1024,
  inputBytes: 1024 * 1024,
  /** Of one frame. */
  bytesOfInput: 8 * 1024,
  /** Without input or output. */
  idleSeconds: 300,
  /** A function of the platform holds the session, and functions run for 15 minutes at most. */
  seconds: 840,
} as const;

/** The size of a terminal, in characters. */
export const TerminalSize = z
  .strictObject({ columns: z.int().min(1).max(1000), rows: z.int().min(1).max(1000) })
  .meta({ id: 'TerminalSize', example: { columns: 80, rows: 24 } });
export type TerminalSize = z.infer<typeof TerminalSize>;

const Word = z
  .string()
  .max(execLimits.bytesOfCommand)
  .regex(/^[^\0]*$/, 'must not hold a zero byte');

export const NewExec = z.strictObject({
  command: z
    .array(Word)
    .min(1)
    .max(execLimits.words)
    .optional()
    .meta({ description: 'The program and its arguments; default: a shell', example: ['node', '-v'] }),
  replica: z.string().max(253).optional().meta({
    description: 'As `source` of its log lines; default: the oldest ready one',
    example: 'rel-01j8z3n5w4-x7k2p',
  }),
  terminal: TerminalSize.optional().meta({
    description:
      'Gives the command a terminal of this size; without one, input and both outputs are streams of their own',
  }),
});
export type NewExec = z.infer<typeof NewExec>;

export const execEnds = [
  'exited',
  'not-started',
  'left',
  'idle',
  'time-over',
  'too-much-output',
  'replica-gone',
  'lost',
] as const;
export const ExecEnd = z.enum(execEnds).meta({
  id: 'ExecEnd',
  description:
    'exited: the command ended by itself; not-started: the command could not start; left: the user has left, or may no longer run commands; idle: no input and no output for too long; time-over: the command took too long; too-much-output: the command printed too much; replica-gone: the replica ended; lost: the platform lost the session',
});
export type ExecEnd = z.infer<typeof ExecEnd>;

/** A command that a user runs in a replica of the live release. It starts once its topic is followed. */
export const ExecSession = z
  .strictObject({
    id: idSchema('exec'),
    teamId: idSchema('team'),
    projectId: idSchema('project'),
    environmentId: idSchema('environment'),
    serviceId: idSchema('service'),
    userId: idSchema('user'),
    replica: z.string().meta({ description: 'As `source` of its log lines', example: 'rel-01j8z3n5w4-x7k2p' }),
    command: z
      .array(z.string())
      .meta({ description: "The program and its arguments; values of the service's sealed variables are masked" }),
    terminal: TerminalSize.nullable(),
    createdAt: Instant,
    end: ExecEnd.nullable().meta({ description: 'How it ended; null until then' }),
    exitCode: z.int().nullable().meta({
      description: 'The exit code of the command; 127 for a missing program, 126 for one that cannot be executed',
      example: 0,
    }),
    detail: z
      .string()
      .nullable()
      .meta({ description: 'What happened, if the command did not end by itself', example: null }),
    endedAt: Instant.nullable(),
    version: z.int(),
  })
  .meta({ id: 'ExecSession' });
export type ExecSession = z.infer<typeof ExecSession>;
