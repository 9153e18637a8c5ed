import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { GantryError } from '@gantry/contract/errors.ts';
import { verb } from '../declare.ts';
import { openSession } from '../session.ts';
import { pathOf, targetFlags, targetOf } from '../target.ts';

export const command = verb({
  details:
    "The app's variables replace those set here, except PORT and sealed ones, whose names are listed. The exit code is the command's.\n" +
    'Write `--` before the command, so that its flags are its own.',
  args: { command: { summary: 'the command and its arguments', many: true } },
  flags: targetFlags,
  examples: ['run -- npm run dev', 'run -- env', 'run --environment staging -- psql'],
  async run(context) {
    const { args, flags, folder, interrupts, out } = context;
    const session = await openSession(context);
    const path = pathOf(await targetOf(context, session, flags));
    const { variables, omitted } = await session.client('variables.resolve', { params: path });
    if (omitted.length > 0) out.note(`Left out, as they are sealed: ${omitted.join(', ')}.`);
    const [program = '', ...rest] = args.command;
    const env = { ...process.env, ...variables };
    const child = spawn(program, rest, { cwd: folder, env, stdio: 'inherit' });
    // At a terminal, Ctrl-C reaches the program directly.
    interrupts.handOver((signal) => void (signal === 'SIGINT' && process.stdin.isTTY ? false : child.kill(signal)));
    process.on('SIGHUP', () => child.kill('SIGHUP'));
    process.exitCode = await exitOf(child, program);
  },
});

/** The exit code as in a shell: after a signal, 128 and its number. Throws NotFound for an unknown program. */
function exitOf(child: ChildProcess, program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const absent = new GantryError('NotFound', `There is no program ${program} here, nor on the PATH.`);
      reject(error.code === 'ENOENT' ? absent : error);
    });
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
