import { fromKubernetesName, idPrefixes, idSchema, toKubernetesName } from '@gantry/contract/ids.ts';
import { lastState } from '@gantry/contract/line-splitter.ts';
import { cutLine, structureOf } from '@gantry/contract/log-line.ts';
import type { LogLine } from '@gantry/contract/schemas/logs.ts';
import { topics } from '@gantry/contract/topics.ts';
import { encodedSize } from '../kernel/frames.ts';

/** The most bytes of a line's text as JSON: with its other fields the line fits into one message of 128 KB. */
const MAX_ENCODED = 90 * 1024;

/** The source of every line of a build. */
export const BUILD = 'build';

/** The meaning of a log stream's name: the topic and the writer of its lines. */
export interface Origin {
  readonly topic: string;
  readonly source: string;
  readonly release: string | null;
  /** Whether Gantry wrote the lines about the replica. */
  readonly isPlatform?: boolean;
}

/** Streams with Gantry's own lines about a replica end with this name. */
const PLATFORM = 'gantry';

/** The stream of Gantry's lines about a replica or a release, beside the stream of its output. */
export function platformStream(environmentId: string, source: string, serviceId: string): string {
  return `${toKubernetesName(environmentId)}/${source}/${toKubernetesName(serviceId)}/${PLATFORM}`;
}

/** A build's stream, `<deployment id>/<build uuid>`; undefined for another name. */
export function buildOrigin(stream: string): Origin | undefined {
  const [deploymentId = '', build, ...rest] = stream.split('/');
  if (build === undefined || rest.length > 0 || !idSchema('deployment').safeParse(deploymentId).success)
    return undefined;
  return { topic: topics.buildLogs(deploymentId), source: BUILD, release: null };
}

/** An app's stream, `<namespace>/<pod>/<container>`; `/gantry` at its end marks Gantry's lines about it. Undefined for another name. */
export function appOrigin(stream: string): Origin | undefined {
  const [namespace = '', pod, container = '', writer, ...rest] = stream.split('/');
  const environmentId = fromKubernetesName('environment', namespace);
  const serviceId = fromKubernetesName('service', container);
  if (pod === undefined || rest.length > 0 || environmentId === undefined || serviceId === undefined) return undefined;
  if (writer !== undefined && writer !== PLATFORM) return undefined;
  const origin = { topic: topics.appLogs(serviceId, environmentId), source: pod, release: releaseOf(pod) };
  return writer === undefined ? origin : { ...origin, isPlatform: true };
}

/** A pod is named after its release: `rel-<ulid>-…`. */
function releaseOf(pod: string): string | null {
  const [prefix, ulid = ''] = pod.split('-');
  return prefix === idPrefixes.release ? (fromKubernetesName('release', `${prefix}-${ulid}`) ?? null) : null;
}

/**
 * Whether an event is output of a build or an app. CodeBuild adds its own lines about phases and commands to a build's, as `[Container] <time>
 * Running command …`; operators find them in the log group.
 */
export function isPrinted(message: string, { source }: Pick<Origin, 'source'>): boolean {
  return source !== BUILD || !message.startsWith('[Container] ');
}

/**
 * A log event as clients see it, the same in a page and in a live frame. On AWS the container runtime ends a line only at its line feed, so a
 * progress bar arrives as one event with all its states; readers get the last state.
 */
export function lineOf(event: { id: string; at: number; message: string }, origin: Omit<Origin, 'topic'>): LogLine {
  const { source, release, isPlatform } = origin;
  const text = fitting(cutLine(lastState(event.message.replace(/\r?\n$/, ''))));
  const line = { id: event.id, at: event.at, text, source, release };
  return isPlatform ? { ...line, platform: true, level: 'warn' } : { ...line, ...structureOf(text) };
}

/** Control characters take six bytes as JSON, so a text full of them is cut further. */
function fitting(text: string): string {
  let fit = text;
  for (let most = Buffer.byteLength(text) / 2; encodedSize(fit) > MAX_ENCODED; most /= 2) {
    fit = cutLine(text, Math.floor(most));
  }
  return fit;
}
