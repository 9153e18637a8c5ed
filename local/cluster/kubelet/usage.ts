import { readFileSync } from 'node:fs';
import { POD_METRICS } from '../kinds/computed.ts';
import { apiVersionOf } from '../kinds/kind.ts';
import { type KubeObject, type Pod, timestamp } from '../model.ts';
import { measureMemory } from './memory.ts';
import { sessionsOfProcesses } from './sessions.ts';

/** What containers use of processor and memory. It measures when somebody asks, and costs nothing in between. */
export interface UsageMeter {
  /** Counts a container's processes, by their session, until the returned function is called. */
  watch(pod: () => Pod, container: string, session: number): () => void;
  /** The usage of every pod with a container that runs, as the metrics server shows it. */
  read(): Promise<KubeObject[]>;
}

interface Watched {
  readonly pod: () => Pod;
  readonly container: string;
  readonly session: number;
  /** The processor time until a moment, both in milliseconds; first none, at the start. */
  since: { readonly at: number; readonly busy: number };
  /** Nanoseconds of processor time a second, over the window that ended then. */
  rate: number;
}

/** A shorter window says little: until it is over, the one before counts. */
const WINDOW_MS = 10_000;
/** Linux counts a hundred ticks a second, on every architecture that Node runs on. */
const TICK_MS = 10;

export function createUsageMeter(): UsageMeter {
  const watched = new Set<Watched>();
  return {
    watch(pod, container, session) {
      const entry = { pod, container, session, since: { at: Date.now(), busy: 0 }, rate: 0 };
      watched.add(entry);
      return () => watched.delete(entry);
    },
    async read() {
      const sessions = new Set([...watched].map(({ session }) => session));
      const [busy, memory] = [busyTimes(sessions), await measureMemory(sessions)];
      const now = Date.now();
      const pods = new Map<Pod, { name: string; usage: { cpu: string; memory: string } }[]>();
      for (const entry of watched) {
        const elapsed = now - entry.since.at;
        const total = busy.get(entry.session) ?? 0;
        if (elapsed >= WINDOW_MS || entry.rate === 0) {
          entry.rate = (Math.max(0, total - entry.since.busy) / Math.max(1, elapsed)) * 1e9;
          if (elapsed >= WINDOW_MS) entry.since = { at: now, busy: total };
        }
        const usage = {
          cpu: `${Math.round(entry.rate)}n`,
          memory: `${Math.ceil((memory.get(entry.session) ?? 0) / 1024)}Ki`,
        };
        const pod = entry.pod();
        pods.set(pod, [...(pods.get(pod) ?? []), { name: entry.container, usage }]);
      }
      return [...pods].map(([{ metadata }, containers]) => metricsOf(metadata, containers));
    },
  };
}

function metricsOf({ name, namespace, labels }: Pod['metadata'], containers: readonly object[]): KubeObject {
  return {
    apiVersion: apiVersionOf(POD_METRICS),
    kind: POD_METRICS.kind,
    metadata: {
      ...{ name, ...(namespace !== undefined && { namespace }), ...(labels && { labels }) },
      ...{ uid: '', resourceVersion: '', creationTimestamp: timestamp() },
    },
    ...{ timestamp: timestamp(), window: `${WINDOW_MS / 1000}s`, containers },
  };
}

/** The processor time of each of these sessions, in milliseconds, with that of processes that ended in them. */
function busyTimes(sessions: ReadonlySet<number>): ReadonlyMap<number, number> {
  const times = new Map<number, number>();
  for (const [pid, session] of sessionsOfProcesses())
    if (sessions.has(session)) times.set(session, (times.get(session) ?? 0) + busyTime(pid));
  return times;
}

/** Fields 14 to 17 of /proc/<pid>/stat: user and system time, of the process and of its children that ended. */
function busyTime(pid: string): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * TICK_MS;
  } catch {
    return 0;
  }
}
