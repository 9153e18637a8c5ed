import type { proposedAlerts } from '@gantry/contract/alert-rules.ts';
import type { Alert } from '@gantry/contract/schemas/alerts.ts';
import { apiList } from './api.ts';
import type { ServicePlace } from './place.ts';

/** The path of a project's alerts. */
export const alertParams = ({ team, project }: ServicePlace) => ({ teamId: team.id, projectId: project.id });

export const alertsQuery = (place: ServicePlace) => apiList('alerts.list', { params: alertParams(place) });

/** The alerts of one service in one environment. */
export function ofService(alerts: readonly Alert[], { service, environment }: ServicePlace): Alert[] {
  return alerts.filter(({ serviceId, environmentId }) => serviceId === service.id && environmentId === environment.id);
}

/** The proposed rules whose metric no alert watches. */
export function missingOf(proposed: typeof proposedAlerts, alerts: readonly Alert[]) {
  return proposed.filter(({ metric }) => !alerts.some((alert) => alert.metric === metric));
}
