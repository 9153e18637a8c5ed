import type { ExecSession } from '@gantry/contract/schemas/exec.ts';
import type { ExecRecord } from '../records/exec.ts';

/** A session as shown and as sent to the audit log. */
export function viewExec(record: ExecRecord): ExecSession {
  const { id, teamId, projectId, environmentId, serviceId, userId, replica, command, createdAt, version } = record;
  return {
    id,
    teamId,
    projectId,
    environmentId,
    serviceId,
    userId,
    replica,
    command: [...command],
    terminal: record.terminal ?? null,
    createdAt,
    end: record.end ?? null,
    exitCode: record.exitCode ?? null,
    detail: record.detail ?? null,
    endedAt: record.endedAt ?? null,
    version,
  };
}

/** The audit's detail of a session: the replica, and the command with its secrets masked. */
export function auditDetail({ replica, command }: Pick<ExecRecord, 'replica' | 'command'>): string {
  return `${replica}: ${command.length === 0 ? 'a shell' : command.join(' ')}`;
}
