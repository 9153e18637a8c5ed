import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { InstanceHealth } from '@gantry/contract/schemas/health.ts';
import { useQuery } from '@tanstack/react-query';
import { apiList } from './api.ts';
import type { environmentParams } from './databases.ts';

/** The state of a service in an environment, undefined until it is read. */
export interface ServiceState {
  /** Null for a service that never was live. */
  readonly health: InstanceHealth | null | undefined;
  /** Null for a service that was never deployed. */
  readonly newest: Deployment | null | undefined;
  /** The address of the live release; null for a service without one. */
  readonly url: string | null;
}

const UNREAD: ServiceState = { health: undefined, newest: undefined, url: null };

/** The states of all services in an environment, by two reads. They show when both have ended, so that the cards are drawn once. */
export function useServiceStates(params: ReturnType<typeof environmentParams>): (serviceId: string) => ServiceState {
  const { data: health } = useQuery(apiList('deployments.healthOfEnvironment', { params }));
  const { data: deployments } = useQuery(apiList('deployments.current', { params }));
  if (health === undefined || deployments === undefined) return () => UNREAD;
  const healthOf = new Map(health.map((each) => [each.serviceId, each]));
  const deploymentsOf = Map.groupBy(deployments, ({ serviceId }) => serviceId);
  return (serviceId) => {
    const own = deploymentsOf.get(serviceId) ?? [];
    return {
      health: healthOf.get(serviceId) ?? null,
      newest: newestOf(own) ?? null,
      url: own.find(({ status }) => status === 'live')?.url ?? null,
    };
  };
}

/** Ids rise with time. */
const newestOf = (deployments: readonly Deployment[]): Deployment | undefined =>
  deployments.reduce<Deployment | undefined>((a, b) => (a === undefined || b.id > a.id ? b : a), undefined);
