import { bytesOf, parseQuantity } from '../quantity.ts';
import { endRun } from './end-run.ts';
import { watchHealth } from './health.ts';
import { type Life, type Run, tell } from './life.ts';
import { watchListening } from './listening.ts';

const OPEN = 'The app listens on all addresses of this machine: others on its network can reach it.';

/** Watches a run's health, sockets, usage and memory until it is over. The result ends the watch of its usage and its memory. */
export function attend(life: Life, run: Run): () => void {
  void watchProbes(life, run);
  void watchSockets(life, run);
  const unwatch = life.node.usage.watch(life.pod, life.spec.name, run.process.pid);
  const unlimit = limitMemory(life, run);
  return () => {
    unwatch();
    unlimit();
  };
}

function watchProbes(life: Life, run: Run): Promise<void> {
  const { spec, pod } = life;
  return watchHealth({
    spec,
    command: run.command,
    signal: run.over.signal,
    pod,
    record: (type, reason, message) => tell(life, type, reason, message),
    started() {
      life.started = true;
      if (spec.readinessProbe === undefined) life.ready = true;
      life.changed();
    },
    ready(next) {
      if (life.ready === next || run.over.signal.aborted) return;
      life.ready = next;
      life.changed();
    },
    ending: () => run.killed,
    end: () => void endRun(life, run, pod().spec.terminationGracePeriodSeconds ?? 30, true),
  });
}

function watchSockets(life: Life, run: Run): Promise<void> {
  return watchListening({
    spec: life.spec,
    pid: run.process.pid,
    signal: run.over.signal,
    pod: life.pod,
    ready: () => life.ready,
    elsewhere: (message) => tell(life, 'Warning', 'ListensElsewhere', message),
    open: () => run.written.warn(OPEN),
  });
}

function limitMemory({ node, spec }: Life, run: Run): () => void {
  const limit = parseQuantity(spec.resources?.limits?.memory);
  if (limit === undefined) return () => undefined;
  return node.memory.watch(run.process.pid, bytesOf(limit), () => {
    run.outOfMemory = true;
    run.process.signal('SIGKILL');
  });
}
