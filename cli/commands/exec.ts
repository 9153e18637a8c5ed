import { type Exec, type ExecResult, openExec } from '@gantry/client/exec.ts';
import { openLive } from '@gantry/client/live.ts';
import { type ErrorKind, GantryError } from '@gantry/contract/errors.ts';
import { execLimits } from '@gantry/contract/schemas/exec.ts';
import { verb } from '../declare.ts';
import { openSession, type Session } from '../session.ts';
import { pathOf, targetFlags, targetOf } from '../target.ts';

const { service: _, ...flags } = targetFlags;

export const command = verb({
  details:
    "Without a command it opens a shell. At a terminal the command gets a terminal; otherwise stdin, stdout and stderr are streams, and piped input reaches the command. The exit code is the command's, or 127 for a program that the image lacks.\n" +
    `Write \`--\` before the command, so that its flags are its own. Changed files are lost with the replica. A session takes at most ${execLimits.seconds / 60} minutes.`,
  args: {
    service: { summary: 'the service: its name or id' },
    command: { summary: 'the command and its arguments; default a shell', optional: true, many: true },
  },
  flags: {
    ...flags,
    replica: { summary: 'the replica: the source of its lines under `logs --json`; default the oldest', value: 'name' },
  },
  examples: ['exec api', 'exec api -- node -v', 'exec api --environment staging -- npx prisma migrate status'],
  async run(context) {
    const { args, flags, interrupts, out } = context;
    const session = await openSession(context);
    const target = pathOf(await targetOf(context, session, { ...flags, service: args.service }));
    const { stdin, stdout } = process;
    const atTerminal = stdin.isTTY === true && stdout.isTTY === true && !out.json;
    const words = args.command ?? [];
    const printed = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
    interrupts.tell('Interrupted: the command is ended.');
    const exec = await openExec({
      connect: () => connectAs(session),
      client: session.client,
      target,
      request: {
        ...(words.length > 0 && { command: [...words] }),
        ...(flags.replica !== undefined && { replica: flags.replica }),
        ...(atTerminal && { terminal: sizeOf(stdout) }),
      },
      onOutput: (stream, bytes) => void (out.json ? printed[stream].push(bytes) : out.raw(stream, bytes)),
    });
    const leave = connectInput(exec, atTerminal);
    let result: ExecResult;
    try {
      result = await exec.result;
    } finally {
      leave();
      exec.close();
    }
    const { end, exitCode, detail } = result;
    const text = (stream: keyof typeof printed) => Buffer.concat(printed[stream]).toString('utf8');
    if (out.json) out.result({ end, exitCode, detail, stdout: text('stdout'), stderr: text('stderr') }, '');
    else if (exitCode === null) throw new GantryError(KINDS[end] ?? 'Unavailable', detail ?? 'The session has ended.');
    else if (detail !== null) out.note(detail);
    process.exitCode = exitCode ?? 1;
  },
});

/** A token cannot run commands, as the API says; it cannot open a live connection either. */
function connectAs({ kind, client }: Session) {
  if (kind === 'person') return openLive(client);
  throw new GantryError('Forbidden', 'This token cannot run commands in services. Sign in as a person to do that.');
}

const KINDS: Partial<Record<ExecResult['end'], ErrorKind>> = {
  idle: 'QuotaExceeded',
  'time-over': 'QuotaExceeded',
  'too-much-output': 'QuotaExceeded',
  left: 'Forbidden',
  'not-started': 'Conflict',
  'replica-gone': 'Conflict',
};

interface Sized {
  readonly columns?: number;
  readonly rows?: number;
}

/** A terminal without a size reports a width of 0. */
function sizeOf({ columns, rows }: Sized) {
  return { columns: columns || 80, rows: rows || 24 };
}

/** Passes typed or piped input to the command. Returns a function that ends this. A terminal passes each key on, Ctrl-C included. */
function connectInput(exec: Exec, atTerminal: boolean): () => void {
  const { stdin, stdout } = process;
  // My terminal is no input of a command without one.
  if (stdin.isTTY === true && !atTerminal) {
    void exec.end();
    return () => undefined;
  }
  const give = (bytes: Buffer) => {
    stdin.pause();
    void exec.write(bytes).then(() => stdin.resume());
  };
  const end = () => void exec.end();
  const resize = () => void exec.resize(sizeOf(stdout));
  if (atTerminal) stdin.setRawMode(true);
  stdin.on('data', give).once('end', end);
  stdout.on('resize', resize);
  return () => {
    stdin.off('data', give).off('end', end).pause();
    stdout.off('resize', resize);
    if (atTerminal) stdin.setRawMode(false);
  };
}
