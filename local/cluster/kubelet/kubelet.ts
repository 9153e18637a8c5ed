import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PARTS } from '../../disk.ts';
import type { Principal } from '../../kernel/iam.ts';
import type { ImagePuller, LogWriter } from '../../kernel/ports.ts';
import type { Store } from '../../kernel/store.ts';
import { workFolder } from '../../work-folder.ts';
import type { Executor } from '../api/exec-port.ts';
import type { LogReader } from '../api/logs.ts';
import { createRecorder } from '../events.ts';
import { DEPLOYMENTS, REPLICA_SETS } from '../kinds/apps.ts';
import { CRON_JOBS, JOBS } from '../kinds/batch.ts';
import { NODES } from '../kinds/core.ts';
import { resourceOf } from '../kinds/kind.ts';
import { PODS } from '../kinds/pods.ts';
import { type KubeObject, type Pod, timestamp } from '../model.ts';
import type { Registry } from '../registry/registry.ts';
import { placeGuards } from './address.ts';
import { ARCHITECTURE, createImages } from './images.ts';
import { createLogReader } from './log-reader.ts';
import { createMemoryWatch, MEMORY_PERIOD_MS } from './memory.ts';
import type { Node } from './node.ts';
import { NODE_NAME, type PodRunner, runPod } from './pod.ts';
import { endLeftovers, type ProcessRecord } from './processes.ts';
import { createShipper } from './shipper.ts';
import { createUsageMeter } from './usage.ts';

export interface KubeletOptions {
  readonly registry: Registry;
  readonly store: Store;
  readonly dataDir: string;
  readonly images: ImagePuller;
  readonly logs: LogWriter;
  readonly logGroup: () => string;
  /** How many lines a second of a replica are shipped. */
  readonly linesPerSecond: () => number;
  /** The principal under which the node writes to the log service. */
  readonly nodePrincipal: () => Principal;
  readonly timing?: { readonly crashBackoffMs?: number; readonly memoryPeriodMs?: number };
  note(line: string): void;
}

export interface Kubelet {
  readonly logs: LogReader;
  readonly commands: Executor;
  /** What pods use now. */
  usage(): Promise<readonly KubeObject[]>;
  /** Ends the leftovers of an earlier process, then runs every wanted pod. */
  start(): void;
  /** Ends all containers within four seconds; the objects stay. */
  stop(): Promise<void>;
}

const STOP_GRACE_SECONDS = 2.5;
/** An image is deleted this long after the last object that names it, so that objects deleted together cause one check. */
const PRUNE_MS = 1000;
/** Kinds of objects that name images. */
const NAMING = new Set([PODS, DEPLOYMENTS, REPLICA_SETS, JOBS, CRON_JOBS].map(resourceOf));

/**
 * The node agent of the one node: a container is a process group of this user, without isolation. Containers end with this process, however it ends
 * (`launcher.ts`). If one is left all the same, the next start ends it and runs it again: nothing runs twice, and its output is read.
 */
export function createKubelet(options: KubeletOptions): Kubelet {
  const { registry, store, dataDir, logs, logGroup, linesPerSecond, nodePrincipal, note, timing = {} } = options;
  const shipper = createShipper({ logs, group: logGroup, principal: nodePrincipal, note });
  const runners = new Map<string, PodRunner>();
  const discarding = new Set<Promise<void>>();
  const record = createRecorder(registry, 'kubelet');
  const work = workFolder(dataDir);
  const images = createImages(
    join(work, PARTS.images),
    options.images,
    () => imagesOfPods(registry),
    () => imagesOfTemplates(registry),
  );
  const node: Node = {
    objects: registry.objects,
    images,
    memory: createMemoryWatch(timing.memoryPeriodMs ?? MEMORY_PERIOD_MS),
    usage: createUsageMeter(),
    crashBackoffMs: timing.crashBackoffMs,
    processes: store.collection<ProcessRecord>('cluster.processes'),
    outputOf: ({ metadata }) => join(dataDir, 'pods', metadata.uid),
    guards: placeGuards(work),
    homeOf: ({ metadata }) => join(work, PARTS.homes, metadata.uid.slice(0, 8)),
    record: (pod, type, reason, message) => record(pod, type, reason, message),
    linesPerSecond,
    ship: ({ metadata }, container, line) =>
      shipper.ship(`${metadata.namespace}/${metadata.name}/${container}`, { timestamp: line.at, message: line.text }),
  };
  let unsubscribe: () => void = () => undefined;
  let stopped = false;
  let pruning: NodeJS.Timeout | undefined;

  const isOver = ({ status, metadata }: Pod) =>
    metadata.deletionTimestamp === undefined && (status?.phase === 'Succeeded' || status?.phase === 'Failed');
  const see = (pod: Pod) => {
    if (stopped) return;
    const { uid } = pod.metadata;
    const present = runners.get(uid);
    if (present !== undefined) present.update(pod);
    else if (!isOver(pod)) runners.set(uid, runPod(node, registry, pod));
  };
  const forget = (pod: Pod) => {
    const { uid } = pod.metadata;
    const runner = runners.get(uid);
    runners.delete(uid);
    if (runner === undefined) return;
    const ending = runner
      .discard()
      .catch((error: unknown) => note(`cluster: ending pod ${pod.metadata.name}: ${String(error)}`))
      .finally(() => discarding.delete(ending));
    discarding.add(ending);
  };

  const pruneSoon = () => {
    pruning ??= setTimeout(() => {
      pruning = undefined;
      void images.prune();
    }, PRUNE_MS);
  };

  return {
    logs: createLogReader(
      ({ metadata }) => runners.get(metadata.uid),
      (pod, container) => join(node.outputOf(pod), container),
    ),
    commands: {
      start: ({ metadata }, container, asked) => runners.get(metadata.uid)?.exec(container, asked),
    },
    usage: () => node.usage.read(),
    start() {
      endLeftovers(node.processes);
      void images.prune();
      void removeOthers(join(dataDir, 'pods'), new Set(registry.objects.list(PODS).map(node.outputOf)));
      void removeOthers(join(work, PARTS.homes), new Set(registry.objects.list(PODS).map(node.homeOf)));
      registerNode(registry);
      for (const pod of registry.objects.list(PODS)) markNotReady(registry, pod);
      unsubscribe = registry.objects.subscribe(({ resource, type, object }) => {
        if (type === 'DELETED' && NAMING.has(resource)) pruneSoon();
        if (resource !== resourceOf(PODS)) return;
        setImmediate(() => (type === 'DELETED' ? forget(object as Pod) : see(object as Pod)));
      });
      for (const pod of registry.objects.list(PODS)) see(pod);
    },
    async stop() {
      stopped = true;
      unsubscribe();
      clearTimeout(pruning);
      await Promise.all([...[...runners.values()].map((runner) => runner.halt(STOP_GRACE_SECONDS)), ...discarding]);
      await shipper.stop();
    },
  };
}

function imagesOfPods({ objects }: Registry): ReadonlySet<string> {
  return imagesOf(objects.list(PODS).map(({ spec }) => spec));
}

/** The images of every template that may still make pods. */
function imagesOfTemplates({ objects }: Registry): ReadonlySet<string> {
  const jobs = [...objects.list(JOBS), ...objects.list(CRON_JOBS).map(({ spec }) => spec.jobTemplate)];
  const owners = [...objects.list(DEPLOYMENTS), ...objects.list(REPLICA_SETS), ...jobs];
  return imagesOf(owners.map(({ spec }) => spec.template.spec));
}

function imagesOf(specs: readonly Pod['spec'][]): ReadonlySet<string> {
  return new Set(specs.flatMap(({ containers }) => containers.map(({ image }) => image ?? '')));
}

/** Deletes a crash's leftovers of gone pods. */
async function removeOthers(folder: string, kept: ReadonlySet<string>): Promise<void> {
  const left = (await readdir(folder).catch(() => [])).map((name) => join(folder, name));
  await Promise.all(
    left.filter((path) => !kept.has(path)).map((path) => rm(path, { recursive: true, force: true }).catch(() => {})),
  );
}

/** No pod of an earlier life serves before its probes pass again. */
function markNotReady(registry: Registry, pod: Pod): void {
  if (!pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')) return;
  const change = (draft: Pod) => {
    for (const condition of draft.status?.conditions ?? []) {
      if (condition.type !== 'Ready' && condition.type !== 'ContainersReady') continue;
      Object.assign(condition, { status: 'False', reason: 'NodeRestarted', lastTransitionTime: timestamp() });
    }
    for (const status of draft.status?.containerStatuses ?? []) status.ready = false;
  };
  registry.modify(PODS, pod, change, { manager: 'kubelet', subresource: 'status' });
}

function registerNode(registry: Registry): void {
  const labels = {
    'kubernetes.io/hostname': NODE_NAME,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': ARCHITECTURE,
  };
  const options = { manager: 'kubelet' };
  const node =
    registry.objects.get(NODES, undefined, NODE_NAME) ??
    registry.create(NODES, undefined, { metadata: { name: NODE_NAME, labels }, spec: {} }, options);
  const reason = { reason: 'KubeletReady', message: 'the local node runs processes' };
  const change = (draft: KubeObject) => {
    draft.status = {
      conditions: [{ type: 'Ready', status: 'True', ...reason, lastTransitionTime: timestamp() }],
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      nodeInfo: { kubeletVersion: 'v1.32.0+gantry.local', operatingSystem: 'linux', architecture: ARCHITECTURE },
    };
  };
  registry.modify(NODES, node, change, { ...options, subresource: 'status' });
}
