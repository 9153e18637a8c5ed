import { mkdir } from 'node:fs/promises';
import type { ExecRequest, RunningCommand } from '../api/exec-port.ts';
import type { Container, ContainerState, ContainerStatus, Pod } from '../model.ts';
import { createBackoff } from './backoff.ts';
import { ConfigError } from './config-error.ts';
import { endRun } from './end-run.ts';
import { startCommand } from './exec.ts';
import { become, type Life, newLife, type Run, reasonOf, statusOf, tell, wait } from './life.ts';
import type { Node } from './node.ts';
import type { Output } from './output.ts';
import { interruption, pastEnd } from './past.ts';
import { prepare } from './prepare.ts';
import { pause } from './probes.ts';
import { recordOf } from './processes.ts';
import { runOnce } from './run.ts';

/** A container of a pod, over all its runs. */
export interface ContainerRunner {
  status(): ContainerStatus;
  /** The output of the present run, or of the run before. */
  output(previous: boolean): Output | undefined;
  /**
   * Starts a command in the present run, and ends the command with the run at the latest; undefined when nothing runs.
   */
  exec(asked: ExecRequest): Promise<RunningCommand> | undefined;
  /** Ends the container: preStop, SIGTERM, and SIGKILL after the grace. Resolves when its processes are gone. */
  stop(graceSeconds: number, runHook: boolean): Promise<void>;
}

/**
 * Runs a container until it is stopped or its pod's restart policy lets it end. `changed` is called after each change of the status. `before` is its
 * status in an earlier life of this node, whose process is gone: this counts as a restart.
 */
export function runContainer(
  node: Node,
  pod: () => Pod,
  spec: Container,
  before: ContainerStatus | undefined,
  changed: () => void,
): ContainerRunner {
  const stopping = new AbortController();
  const life = newLife(node, pod, spec, before, stopping.signal, changed);
  const interrupted = interruption(before);
  const over = pastEnd(before?.state.terminated === undefined ? interrupted : before.state, pod());
  if (interrupted !== undefined && over === undefined) {
    life.restarts += 1;
    life.lastState = interrupted;
  }
  const finished = live(life, over).catch((error: unknown) =>
    wait(life, error instanceof ConfigError ? 'CreateContainerConfigError' : 'CreateContainerError', reasonOf(error)),
  );
  return {
    status: () => statusOf(life),
    output: (asked) => (asked ? life.previous : life.output),
    exec: (asked) => (life.run === undefined ? undefined : runBeside(life, life.run, asked)),
    async stop(graceSeconds, runHook) {
      stopping.abort();
      if (life.run !== undefined) await endRun(life, life.run, graceSeconds, runHook);
      await finished;
    },
  };
}

/** Runs the container again and again, as the pod's policy says. `over` is the final end that an earlier life of the node recorded. */
async function live(life: Life, over: ContainerState | undefined): Promise<void> {
  if (over !== undefined) return become(life, over);
  const { node, pod, home, stopping } = life;
  const backoff = createBackoff(node.crashBackoffMs);
  while (!stopping.aborted) {
    const command = await prepare(life);
    if (command === undefined || stopping.aborted) return;
    await mkdir(command.env.TMPDIR ?? home, { recursive: true });
    const ranMs = await runOnce(life, command);
    const policy = pod().spec.restartPolicy ?? 'Always';
    const failed = life.state.terminated?.exitCode !== 0;
    if (stopping.aborted || policy === 'Never' || (policy === 'OnFailure' && !failed)) return;
    life.lastState = life.state;
    life.restarts += 1;
    const ms = backoff.next(ranMs);
    if (ms > 0) await backOff(life, ms);
  }
}

/** Waits before the next run. The restart counts once the wait is over. */
async function backOff(life: Life, ms: number): Promise<void> {
  const where = `${life.spec.name} pod=${life.pod().metadata.name}`;
  tell(life, 'Warning', 'BackOff', `Back-off restarting failed container ${where}`);
  life.restarts -= 1;
  wait(life, 'CrashLoopBackOff', `back-off ${ms / 1000}s restarting failed container=${where}`);
  await pause(ms, life.stopping);
  life.restarts += 1;
}

async function runBeside({ node, key, home }: Life, run: Run, asked: ExecRequest): Promise<RunningCommand> {
  const begun = await startCommand(run.command, asked, run.over.signal);
  const name = `${key}/exec/${begun.pid}`;
  node.processes.put(name, recordOf(begun.pid, home));
  void begun.exited.then(() => node.processes.delete(name));
  return begun;
}
