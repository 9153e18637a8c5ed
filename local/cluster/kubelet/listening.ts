import type { Container, Pod } from '../model.ts';
import { addressOf } from './address.ts';
import { hostPorts } from './ports.ts';
import { pause } from './probes.ts';
import { type Listening, listeningOf } from './sockets.ts';

/** A run whose sockets are watched, and the callbacks for them. */
export interface ListeningWatch {
  readonly spec: Container;
  /** The first process of the run, the leader of its session. */
  readonly pid: number;
  /** The end of the run. */
  readonly signal: AbortSignal;
  pod(): Pod;
  ready(): boolean;
  /** The container has listened in the wrong place for several seconds. */
  elsewhere(message: string): void;
  /** The container is ready, and its server is open to the network of this machine. */
  open(port: number): void;
}

const LOOK_MS = 1000;
/** An app may open another port before its own: a finding must repeat this often in a row. */
const TIMES = 4;
/** The ports of debuggers of Node.js and Python. */
const DEBUGGERS = [9229, 5678];
/** From here on Linux assigns random ports: on loopback those are the app's own business. */
const EPHEMERAL = 32_768;

/**
 * Watches where a container with a port listens, until it is ready. A wrong port or address keeps the container unready for ever, and its probes do
 * not show why. A container that listens nowhere yet is left alone.
 */
export async function watchListening({ spec, pid, signal, pod, ready, ...tell }: ListeningWatch): Promise<void> {
  const [declared] = spec.ports ?? [];
  if (declared === undefined || spec.readinessProbe === undefined) return;
  let [before, times, told] = ['', 0, ''];
  while (!signal.aborted) {
    await pause(LOOK_MS, signal);
    if (signal.aborted) return;
    const sockets = listeningOf(pid);
    const asked = hostPorts(pod()).get(declared.containerPort) ?? declared.containerPort;
    if (ready()) {
      const open = sockets.find(({ address, guarded }) => isAll(address) && !guarded);
      if (open !== undefined) tell.open(open.port);
      return;
    }
    const found = describe(sockets, addressOf(pod()), asked, declared.containerPort) ?? '';
    times = found === before ? times + 1 : 1;
    before = found;
    if (found === '' || times < TIMES || found === told) continue;
    told = found;
    tell.elsewhere(found);
  }
}

/**
 * How a container's sockets differ from the wanted one: `asked` replaces the container's port `declared` on this machine. Undefined if they do not
 * differ, or if there are none.
 */
export function describe(
  sockets: readonly Listening[],
  own: string,
  asked: number,
  declared: number,
): string | undefined {
  const others = sockets.filter(({ port }) => port !== asked && !DEBUGGERS.includes(port));
  const reachable = ({ address }: Listening) => isAll(address) || !isLoopback(address) || address === own;
  const mine = sockets.filter(({ port }) => port === asked);
  if (mine.some(reachable)) return undefined;
  const wanted = others.some(({ port }) => port === declared) ? `PORT, which is ${asked} here` : String(declared);
  const [local] = mine;
  if (local !== undefined) return `listens on ${shown(local.address)}:${declared} only`;
  const wide = others.find(reachable);
  if (wide !== undefined) {
    const address = wide.address === own ? '0.0.0.0' : wide.address;
    return `listens on ${wide.port} (${address}), not on ${wanted}`;
  }
  const narrow = others.find(({ port }) => port < EPHEMERAL);
  return narrow && `listens on ${shown(narrow.address)}:${narrow.port} only, not on ${wanted}`;
}

function isAll(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

function shown(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
