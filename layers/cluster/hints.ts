import { list } from '@gantry/cloud/kubernetes/objects.ts';
import type { ClusterEvent, Pod } from '@gantry/cloud/kubernetes/types.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import { isReady, standing, time } from './diagnosis.ts';
import type { Hint } from './hint.ts';
import { lastLines } from './settle.ts';
import type { ReleaseSpec } from './spec.ts';

/** An app that listens on another port may open its own a little later. */
const ELSEWHERE_MS = 8_000;
/** An app that fails its check may still be loading. */
const REFUSAL_MS = 20_000;
/** 4xx statuses that pass: a request that came too early, too slowly or too often. */
const PASSING = new Set([408, 425, 429]);
/** After connections are refused for this long, the app's output is worth reading. */
const REFUSED_MS = 10_000;

/**
 * Finds in the Events of a running pod why it is not ready; undefined without a clear reason. A node that sees its pods' sockets reports
 * `ListensElsewhere`. Without such a node, as on EKS, the app's own output may name the port.
 */
export async function inspect(spec: ReleaseSpec, pods: readonly Pod[]): Promise<Hint | undefined> {
  const pod = standing(pods).find((each) => each.status?.containerStatuses?.[0]?.state?.running && !isReady(each));
  const name = pod?.metadata?.name;
  if (spec.port === null || pod === undefined || name === undefined) return undefined;
  const kind = { apiVersion: 'v1', kind: 'Event', namespace: toKubernetesName(spec.environmentId) };
  const { items } = await list<ClusterEvent>(kind, {}, { 'involvedObject.name': name });
  const startedAt = time(pod.status?.containerStatuses?.[0]?.state?.running?.startedAt);
  const hint = hintOf(spec, items, startedAt);
  if (hint !== undefined) return hint;
  const refused = items.some(isRefusal) && Date.now() - startedAt >= REFUSED_MS;
  return refused ? hintOfOutput(spec, await lastLines(spec, name)) : undefined;
}

/** The hint in the Events of a container's run that began at `startedAt`, in milliseconds since 1970. */
export function hintOf(spec: ReleaseSpec, events: readonly ClusterEvent[], startedAt: number): Hint | undefined {
  // Events have whole seconds.
  const ofRun = events
    .filter((event) => lastSeen(event) >= Math.floor(startedAt / 1000) * 1000)
    .sort((a, b) => lastSeen(b) - lastSeen(a));
  const elsewhere = ofRun.find(({ reason }) => reason === 'ListensElsewhere');
  if (elsewhere !== undefined)
    return { detail: elsewhereText(spec, elsewhere.message ?? ''), failsAt: lastSeen(elsewhere) + ELSEWHERE_MS };
  const checked = ofRun.find(({ reason }) => reason === 'Unhealthy');
  const [, code] = /statuscode: (\d{3})/.exec(checked?.message ?? '') ?? [];
  if (checked === undefined || code === undefined) return undefined;
  const status = Number(code);
  const isRefused = status >= 400 && status < 500 && !PASSING.has(status);
  const since = Math.max(firstSeen(checked), startedAt);
  return { detail: answeredText(spec, status), ...(isRefused && { failsAt: since + REFUSAL_MS }) };
}

function lastSeen({ lastTimestamp, eventTime, metadata }: ClusterEvent): number {
  return time(lastTimestamp ?? eventTime ?? metadata.creationTimestamp);
}

function firstSeen(event: ClusterEvent): number {
  return event.firstTimestamp ? time(event.firstTimestamp) : lastSeen(event);
}

function isRefusal({ reason, message = '' }: ClusterEvent): boolean {
  return reason === 'Unhealthy' && /refused/i.test(message);
}

function elsewhereText({ port }: ReleaseSpec, message: string): string {
  const [, address, onPort] = /^listens on (\S+):(\d+) only/.exec(message) ?? [];
  if (address !== undefined && Number(onPort) === port)
    return `The app listens on ${address}:${port} only, where no request reaches it: bind 0.0.0.0.`;
  if (address !== undefined)
    return `The app listens on ${address}:${onPort} only, not on PORT=${port}: bind 0.0.0.0, and use the variable PORT (process.env.PORT in Node.js).`;
  const [, other] = /^listens on (\d+)/.exec(message) ?? [];
  return other === undefined || Number(other) === port
    ? `The app ${message}: use the variable PORT (process.env.PORT in Node.js).`
    : wrongPortText(`The app listens on ${other}`, other, port);
}

function wrongPortText(what: string, other: string, port: number | null): string {
  return `${what}, not on PORT=${port}: use process.env.PORT (or what reads the variable PORT in the app's language), or set the port to ${other} (--port ${other}).`;
}

function answeredText({ health, host }: Pick<ReleaseSpec, 'health' | 'host'>, status: number): string {
  const asked = `GET ${health.path ?? '/'}${host === undefined ? '' : ` (Host ${host})`}`;
  return `The app answered ${status} to ${asked}; a healthy app answers 200 to 399.`;
}

/** How servers report their address: `listening on port 3456`, `http://localhost:3456`, `0.0.0.0:3456`. */
const SAYS =
  /(?:listen|port|running|started|serving|ready|local|https?:\/\/).{0,40}?(?::|\bport\b\D{0,3}|\bon )(\d{2,5})\b/i;

/** Hints in the output of an app whose port refuses connections. They prove nothing, and never fail a release. */
export function hintOfOutput({ port }: ReleaseSpec, lines: readonly string[]): Hint | undefined {
  const other = lines.flatMap((line) => SAYS.exec(line)?.[1] ?? []).find((found) => Number(found) !== port);
  if (other !== undefined) return { detail: wrongPortText(`By its output the app listens on ${other}`, other, port) };
  return lines.some((line) => SAYS.exec(line) !== null)
    ? {
        detail: `By its output the app listens on ${port}, and it refuses connections: bind 0.0.0.0, not 127.0.0.1 or localhost.`,
      }
    : undefined;
}
