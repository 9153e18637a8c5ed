import { fromKubernetesName, idSchema } from '@gantry/contract/ids.ts';
import type { LogLine } from '@gantry/contract/schemas/logs.ts';
import { topics } from '@gantry/contract/schemas/realtime.ts';

/** The most characters of a line that clients get, so that a line fits into one frame whatever its characters are. */
const MAX_TEXT = 5_000;

/** What a log stream's name says: which topic its lines belong to, and what wrote them. */
export interface Origin {
  readonly topic: string;
  readonly source: string;
}

/** A build's stream, `<deployment id>/<build uuid>`; undefined where the name is not one. */
export function buildOrigin(stream: string): Origin | undefined {
  const [deploymentId = '', build, ...rest] = stream.split('/');
  if (build === undefined || rest.length > 0 || !idSchema('deployment').safeParse(deploymentId).success)
    return undefined;
  return { topic: topics.buildLogs(deploymentId), source: 'build' };
}

/** An app's stream, `<namespace>/<pod>/<container>`; undefined where the name is not one. */
export function appOrigin(stream: string): Origin | undefined {
  const [namespace = '', pod, container = '', ...rest] = stream.split('/');
  const environmentId = fromKubernetesName('environment', namespace);
  const serviceId = fromKubernetesName('service', container);
  if (pod === undefined || rest.length > 0 || environmentId === undefined || serviceId === undefined) return undefined;
  return { topic: topics.appLogs(serviceId, environmentId), source: pod };
}

/** A log event as clients see it, the same in a page and in a live frame. */
export function lineOf(event: { id: string; at: number; message: string }, source: string): LogLine {
  const text = event.message.replace(/\r?\n$/, '');
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT).toWellFormed()}…` : text;
  return { id: event.id, at: event.at, text: cut, source };
}
