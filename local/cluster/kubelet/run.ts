import { Readable } from 'node:stream';
import { timestamp } from '../model.ts';
import type { Command } from './environment.ts';
import { ARCHITECTURE } from './images.ts';
import { become, type Life, openOutput, type Run, reasonOf, tell } from './life.ts';
import type { Output } from './output.ts';
import { type Exit, type RunningProcess, recordOf, startProcess } from './processes.ts';
import { attend } from './watches.ts';

/** The exit code of a container whose program is for other processors. */
const EXEC_FORMAT_ERROR = 255;

/** Runs a command from start to end; returns its duration in milliseconds. */
export async function runOnce(life: Life, command: Command): Promise<number> {
  const startedAt = Date.now();
  const written = openOutput(life);
  const { image } = life;
  if (image !== undefined && image.architecture !== ARCHITECTURE) {
    await refuseFormat(life, command, written, image.architecture, startedAt);
    return 0;
  }
  const begun = await startProcess(command).catch(reasonOf);
  if (typeof begun === 'string') {
    await written.close();
    const message = `cannot start ${command.file}: ${begun}`;
    tell(life, 'Warning', 'Failed', message);
    finish(life, { exitCode: 128 }, 'StartError', message, startedAt);
    return 0;
  }
  const run = begin(life, command, begun, written, startedAt);
  const unwatch = attend(life, run);
  if (life.stopping.aborted) begun.signal('SIGKILL');
  const exit = await begun.exited;
  run.over.abort();
  unwatch();
  await conclude(life, run, exit);
  return Date.now() - startedAt;
}

/** The program is for other processors: the run ends as with a container runtime. */
async function refuseFormat(
  life: Life,
  { file }: Command,
  written: Output,
  architecture: string,
  startedAt: number,
): Promise<void> {
  const line = `exec ${file}: exec format error`;
  written.consume(Readable.from([`${line}\n`]));
  await written.close();
  const message = `${line}: the image is for ${architecture}, the node has ${ARCHITECTURE}`;
  finish(life, { exitCode: EXEC_FORMAT_ERROR }, 'Error', message, startedAt);
}

function begin(life: Life, command: Command, begun: RunningProcess, written: Output, startedAt: number): Run {
  const { node, spec, key, home } = life;
  node.processes.put(key, recordOf(begun.pid, home));
  written.consume(begun.stdout);
  written.consume(begun.stderr);
  const over = new AbortController();
  const run: Run = { process: begun, command, startedAt, over, written, killed: false, outOfMemory: false };
  life.run = run;
  life.started = spec.startupProbe === undefined;
  life.ready = life.started && spec.readinessProbe === undefined;
  tell(life, 'Normal', 'Started', `Started container ${spec.name}`);
  become(life, { running: { startedAt: timestamp(startedAt) } });
  return run;
}

async function conclude(life: Life, run: Run, exit: Exit): Promise<void> {
  const { node, spec, key } = life;
  const { written, startedAt } = run;
  life.run = undefined;
  node.processes.delete(key);
  await written.close();
  life.shipped.close();
  life.ready = false;
  life.started = false;
  const shows = spec.terminationMessagePolicy === 'FallbackToLogsOnError' && exit.exitCode !== 0;
  const reason = run.outOfMemory ? 'OOMKilled' : exit.exitCode === 0 ? 'Completed' : 'Error';
  finish(life, exit, reason, shows ? written.tail() : '', startedAt);
}

function finish(life: Life, exit: Exit, reason: string, message: string, startedAt: number): void {
  const told = message === '' ? {} : { message };
  const times = { startedAt: timestamp(startedAt), finishedAt: timestamp() };
  become(life, { terminated: { ...exit, reason, ...told, ...times } });
}
