import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Collection } from '../../kernel/store.ts';
import type { ExecRequest, RunningCommand } from '../api/exec-port.ts';
import type { OutputLine } from '../api/logs.ts';
import type { Container, ContainerState, ContainerStatus, Pod } from '../model.ts';
import { timestamp } from '../model.ts';
import { bytesOf, parseQuantity } from '../quantity.ts';
import type { Objects } from '../registry/objects.ts';
import { createBackoff } from './backoff.ts';
import { ConfigError } from './config-error.ts';
import { type Command, commandOf } from './environment.ts';
import { startCommand } from './exec.ts';
import { watchHealth } from './health.ts';
import { ARCHITECTURE, type Images, type UnpackedImage } from './images.ts';
import { watchListening } from './listening.ts';
import type { MemoryWatch } from './memory.ts';
import { createOutput, type Output, outputFile, removeOutput } from './output.ts';
import { interruption, pastEnd } from './past.ts';
import { execute, pause } from './probes.ts';
import { type Exit, type ProcessRecord, type RunningProcess, recordOf, startProcess } from './processes.ts';
import { createRateLimit } from './rate-limit.ts';
import { verifyNonRoot } from './security.ts';

/** What every container of the node stands on. */
export interface Node {
  readonly objects: Objects;
  readonly images: Images;
  readonly processes: Collection<ProcessRecord>;
  readonly memory: MemoryWatch;
  readonly crashBackoffMs: number | undefined;
  /** The folder of what a pod's containers print. */
  outputOf(pod: Pod): string;
  /** The folder of its containers' homes; its path is short, since apps make sockets there. */
  homeOf(pod: Pod): string;
  /** Where the guards of servers are: see address.ts. */
  readonly guards: string;
  record(pod: Pod, type: 'Normal' | 'Warning', reason: string, message: string): void;
  ship(pod: Pod, container: string, line: OutputLine): void;
  /** How many lines a second of a replica are shipped. */
  linesPerSecond(): number;
}

/** One container of a pod, over all its runs. */
export interface ContainerRunner {
  status(): ContainerStatus;
  /** The output of the present run, or of the one before it. */
  output(previous: boolean): Output | undefined;
  /** Starts a command beside the present run, which ends with it at the latest; undefined where nothing runs. */
  exec(asked: ExecRequest): Promise<RunningCommand> | undefined;
  /** Ends it: preStop, SIGTERM, and SIGKILL when the grace is over. Resolves when its processes are gone. */
  stop(graceSeconds: number, runHook: boolean): Promise<void>;
}

interface Run {
  readonly process: RunningProcess;
  readonly command: Command;
  readonly startedAt: number;
  readonly over: AbortController;
  readonly written: Output;
  killed: boolean;
  outOfMemory: boolean;
}

const OPEN = 'The app listens on all addresses of this machine: others on its network can reach it.';
const CONFIG_RETRY_MS = 1000;
/** With which a container ends whose program is made for other processors. */
const EXEC_FORMAT_ERROR = 255;

/**
 * Runs a container until it is stopped or its pod's restart policy lets it end. `changed` is called after each change of the status.
 * `before` is its status of an earlier life of this node, whose process is gone: it counts as a restart.
 */
export function runContainer(
  node: Node,
  pod: () => Pod,
  spec: Container,
  before: ContainerStatus | undefined,
  changed: () => void,
): ContainerRunner {
  const stopping = new AbortController();
  const folder = join(node.outputOf(pod()), spec.name);
  const home = join(node.homeOf(pod()), spec.name);
  const record = `${pod().metadata.uid}/${spec.name}`;
  const backoff = createBackoff(node.crashBackoffMs);
  const shipped = createRateLimit(node.linesPerSecond, (line) => node.ship(pod(), spec.name, line));
  const stopped = new Promise<undefined>((resolve) => {
    stopping.signal.addEventListener('abort', () => resolve(undefined));
  });
  let [restarts, ready, started] = [before?.restartCount ?? 0, false, false];
  let image: UnpackedImage | undefined;
  let state: ContainerState = { waiting: { reason: 'ContainerCreating' } };
  let lastState: ContainerState = before?.lastState ?? {};
  let output: Output | undefined;
  let previous: Output | undefined;
  let run: Run | undefined;

  const interrupted = interruption(before);
  const over = pastEnd(before?.state.terminated === undefined ? interrupted : before.state, pod());
  if (interrupted !== undefined && over === undefined) {
    restarts += 1;
    lastState = interrupted;
  }

  const become = (next: ContainerState) => {
    state = next;
    changed();
  };
  const wait = (reason: string, message: string) => become({ waiting: { reason, message } });

  /** The image, as soon as it can be had. */
  const pulled = async (): Promise<UnpackedImage | undefined> => {
    for (const retry = createBackoff(); !stopping.signal.aborted; ) {
      try {
        return await Promise.race([node.images.ensure(spec.image ?? ''), stopped]);
      } catch (error) {
        if (error instanceof ConfigError) throw error;
        const why = `failed to pull image "${spec.image}": ${reasonOf(error)}`;
        node.record(pod(), 'Warning', 'Failed', `Failed to pull image "${spec.image}": ${reasonOf(error)}`);
        node.record(pod(), 'Warning', 'Failed', 'Error: ErrImagePull');
        wait('ErrImagePull', why);
        const ms = Math.max(1000, retry.next(0));
        await pause(Math.min(ms, 1000), stopping.signal);
        if (ms > 1000 && !stopping.signal.aborted) {
          node.record(pod(), 'Normal', 'BackOff', `Back-off pulling image "${spec.image}"`);
          node.record(pod(), 'Warning', 'Failed', 'Error: ImagePullBackOff');
          wait('ImagePullBackOff', `Back-off pulling image "${spec.image}": ${why}`);
          await pause(ms - 1000, stopping.signal);
        }
      }
    }
    return undefined;
  };

  const configured = async (from: UnpackedImage): Promise<Command | undefined> => {
    while (!stopping.signal.aborted) {
      try {
        verifyNonRoot(pod(), spec, from);
        return commandOf(node.objects, pod(), spec, from, { home, guards: node.guards });
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        if (state.waiting?.message !== error.message) {
          node.record(pod(), 'Warning', 'Failed', `Error: ${error.message}`);
          wait('CreateContainerConfigError', error.message);
        }
        await pause(CONFIG_RETRY_MS, stopping.signal);
      }
    }
    return undefined;
  };

  const openOutput = () => {
    previous = output ?? previous;
    if (restarts > 1) void removeOutput(outputFile(folder, restarts - 2));
    output = createOutput(outputFile(folder, restarts), shipped);
    return output;
  };

  /** One run, from start to end; answers how long it took. */
  const runOnce = async (command: Command): Promise<number> => {
    const startedAt = Date.now();
    const written = openOutput();
    if (image !== undefined && image.architecture !== ARCHITECTURE) {
      const line = `exec ${command.file}: exec format error`;
      written.consume(Readable.from([`${line}\n`]));
      await written.close();
      finish(
        { exitCode: EXEC_FORMAT_ERROR },
        'Error',
        `${line}: the image is for ${image.architecture}, the node has ${ARCHITECTURE}`,
        startedAt,
      );
      return 0;
    }
    const begun = await startProcess(command).catch((error: unknown) => reasonOf(error));
    if (typeof begun === 'string') {
      await written.close();
      const message = `cannot start ${command.file}: ${begun}`;
      node.record(pod(), 'Warning', 'Failed', message);
      finish({ exitCode: 128 }, 'StartError', message, startedAt);
      return 0;
    }
    node.processes.put(record, recordOf(begun.pid, home));
    written.consume(begun.stdout);
    written.consume(begun.stderr);
    const current: Run = {
      process: begun,
      command,
      startedAt,
      over: new AbortController(),
      written,
      killed: false,
      outOfMemory: false,
    };
    run = current;
    started = spec.startupProbe === undefined;
    ready = started && spec.readinessProbe === undefined;
    node.record(pod(), 'Normal', 'Started', `Started container ${spec.name}`);
    become({ running: { startedAt: timestamp(startedAt) } });
    void probe(current);
    void watchSockets(current);
    const unwatch = limitMemory(current);
    if (stopping.signal.aborted) begun.signal('SIGKILL');
    const exit = await begun.exited;
    current.over.abort();
    unwatch();
    run = undefined;
    node.processes.delete(record);
    await written.close();
    shipped.close();
    [ready, started] = [false, false];
    const shows = spec.terminationMessagePolicy === 'FallbackToLogsOnError' && exit.exitCode !== 0;
    const reason = current.outOfMemory ? 'OOMKilled' : exit.exitCode === 0 ? 'Completed' : 'Error';
    finish(exit, reason, shows ? written.tail() : '', startedAt);
    return Date.now() - startedAt;
  };

  const limitMemory = (current: Run) => {
    const limit = parseQuantity(spec.resources?.limits?.memory);
    if (limit === undefined) return () => undefined;
    return node.memory.watch(current.process.pid, bytesOf(limit), () => {
      current.outOfMemory = true;
      current.process.signal('SIGKILL');
    });
  };

  const finish = (exit: Exit, reason: string, message: string, startedAt: number) => {
    const told = message === '' ? {} : { message };
    const times = { startedAt: timestamp(startedAt), finishedAt: timestamp() };
    become({ terminated: { ...exit, reason, ...told, ...times } });
  };

  const probe = (current: Run): Promise<void> =>
    watchHealth({
      spec,
      command: current.command,
      signal: current.over.signal,
      pod,
      record: (type, reason, message) => node.record(pod(), type, reason, message),
      started() {
        started = true;
        if (spec.readinessProbe === undefined) ready = true;
        changed();
      },
      ready(next) {
        if (ready === next || current.over.signal.aborted) return;
        ready = next;
        changed();
      },
      ending: () => current.killed,
      end: () => void end(current, pod().spec.terminationGracePeriodSeconds ?? 30, true),
    });

  const beside = async (current: Run, asked: ExecRequest): Promise<RunningCommand> => {
    const begun = await startCommand(current.command, asked, current.over.signal);
    const key = `${record}/exec/${begun.pid}`;
    node.processes.put(key, recordOf(begun.pid, home));
    void begun.exited.then(() => node.processes.delete(key));
    return begun;
  };

  const watchSockets = (current: Run): Promise<void> =>
    watchListening({
      spec,
      pid: current.process.pid,
      signal: current.over.signal,
      pod,
      ready: () => ready,
      elsewhere: (message) => node.record(pod(), 'Warning', 'ListensElsewhere', message),
      open: () => current.written.warn(OPEN),
    });

  /** preStop, SIGTERM and, when the grace is over, SIGKILL; resolves when the process is gone. */
  const end = async (current: Run, graceSeconds: number, runHook: boolean): Promise<void> => {
    const first = !current.killed;
    current.killed = true;
    const deadline = Date.now() + graceSeconds * 1000;
    const preStop = spec.lifecycle?.preStop;
    if (first && runHook && preStop !== undefined && graceSeconds > 0) {
      if (preStop.sleep !== undefined)
        await pause(Math.min(preStop.sleep.seconds, graceSeconds) * 1000, current.over.signal);
      if (preStop.exec !== undefined) {
        const verdict = await execute(preStop.exec.command ?? [], current.command, graceSeconds * 1000);
        if (!verdict.ok) node.record(pod(), 'Warning', 'FailedPreStopHook', verdict.why);
      }
    }
    if (graceSeconds > 0) current.process.signal('SIGTERM');
    await pause(deadline - Date.now(), current.over.signal);
    if (graceSeconds > 0 && !current.over.signal.aborted) {
      current.written.warn(`The app did not end within its grace of ${graceSeconds} s, and was killed.`);
    }
    current.process.signal('SIGKILL');
    await current.process.exited;
  };

  const live = async (): Promise<void> => {
    if (over !== undefined) return become(over);
    while (!stopping.signal.aborted) {
      image = await pulled();
      const command = image === undefined ? undefined : await configured(image);
      if (command === undefined || stopping.signal.aborted) return;
      await mkdir(command.env.TMPDIR ?? home, { recursive: true });
      const ranMs = await runOnce(command);
      const policy = pod().spec.restartPolicy ?? 'Always';
      const failed = state.terminated?.exitCode !== 0;
      if (stopping.signal.aborted || policy === 'Never' || (policy === 'OnFailure' && !failed)) return;
      lastState = state;
      restarts += 1;
      const ms = backoff.next(ranMs);
      if (ms === 0) continue;
      const where = `${spec.name} pod=${pod().metadata.name}`;
      node.record(pod(), 'Warning', 'BackOff', `Back-off restarting failed container ${where}`);
      restarts -= 1;
      wait('CrashLoopBackOff', `back-off ${ms / 1000}s restarting failed container=${where}`);
      await pause(ms, stopping.signal);
      restarts += 1;
    }
  };
  const finished = live().catch((error: unknown) =>
    wait(error instanceof ConfigError ? 'CreateContainerConfigError' : 'CreateContainerError', reasonOf(error)),
  );

  return {
    status: () => ({
      name: spec.name,
      image: spec.image ?? '',
      imageID: image?.digest ?? '',
      ready,
      started,
      restartCount: restarts,
      state,
      lastState,
      ...(run === undefined ? {} : { containerID: `process://${run.process.pid}` }),
    }),
    output: (asked) => (asked ? previous : output),
    exec: (asked) => (run === undefined ? undefined : beside(run, asked)),
    async stop(graceSeconds, runHook) {
      stopping.abort();
      if (run !== undefined) await end(run, graceSeconds, runHook);
      await finished;
    },
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
