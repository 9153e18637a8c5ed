import { AlertEntity, alertsOfProject } from '../records/alerts.ts';
import type { ProjectPath } from '../records/project-lookups.ts';

/** The records below a deleted project, environment or service. */
export interface Below extends ProjectPath {
  readonly environmentId?: string | undefined;
  readonly serviceId?: string | undefined;
}

/** Removes the alerts of what is deleted; TTL removes their history. Answers false where `deadline` (milliseconds since 1970) passed first. */
export async function eraseAlerts(below: Below, deadline: number): Promise<boolean> {
  const { environmentId, serviceId } = below;
  for (const alert of await alertsOfProject(below)) {
    if (environmentId !== undefined && alert.environmentId !== environmentId) continue;
    if (serviceId !== undefined && alert.serviceId !== serviceId) continue;
    if (Date.now() >= deadline) return false;
    const { teamId, projectId, id } = alert;
    await AlertEntity.delete({ shard: alert.shard, teamId, projectId, id }).go();
  }
  return true;
}
