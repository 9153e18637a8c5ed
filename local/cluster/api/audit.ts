import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ClusterUser } from '../../kernel/ports.ts';
import { apiVersionOf } from '../kinds/kind.ts';
import type { Target } from './route.ts';

/** The file is rotated at this size, and the older rotated one is deleted. */
const MAX_BYTES = 16 * 1024 * 1024;
const READS = new Set(['get', 'list', 'watch']);

interface AuditedRequest {
  readonly verb: string;
  readonly target: Target;
  readonly uri: string;
  readonly user: ClusterUser;
  readonly userAgent: string | undefined;
  readonly code: number;
}

export type Audit = (request: AuditedRequest) => void;

/**
 * Writes each changing request as one line of JSON, at level Metadata: the user, the request and the answer.
 * https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/
 */
export function openAudit(file: string): Audit {
  mkdirSync(dirname(file), { recursive: true });
  let size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return (request) => {
    if (READS.has(request.verb)) return;
    const line = `${JSON.stringify(eventOf(request))}\n`;
    if (size > MAX_BYTES) {
      renameSync(file, `${file}.1`);
      size = 0;
    }
    appendFileSync(file, line);
    size += Buffer.byteLength(line);
  };
}

function eventOf({ verb, target, uri, user, userAgent, code }: AuditedRequest) {
  const { kind, namespace, name, subresource } = target;
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: randomUUID(),
    stage: 'ResponseComplete',
    requestURI: uri,
    verb,
    user: { username: user.username, groups: user.groups },
    userAgent,
    objectRef: { resource: kind.plural, namespace, name, subresource, apiVersion: apiVersionOf(kind) },
    responseStatus: { code },
    stageTimestamp: new Date().toISOString(),
  };
}
