import { environment } from '@gantry/cloud/environment.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { item } from '../kernel/entity.ts';
import type { Write } from '../kernel/write.ts';
import { GatewayEntity, SHARD } from '../records/deployments.ts';

/** The write that takes a place behind the Gateway for a web service; throws QuotaExceeded when all are taken. */
export function takePlace(): Write {
  const places = Number(environment('SERVICES_PER_GATEWAY'));
  const detail =
    `The load balancer of this installation carries ${places} web services in all environments, and all places are taken. ` +
    'Delete one, or ask an operator about `sizes.servicesPerGateway`.';
  return {
    item: item.update(
      GatewayEntity.update({ shard: SHARD })
        .add({ services: 1 })
        .where(({ services }, { lt, notExists }) => `${notExists(services)} OR ${lt(services, places)}`),
    ),
    otherwise: new GantryError('QuotaExceeded', detail),
  };
}

/** The write that frees the place. */
export function leavePlace(shard: number): Write {
  return { item: item.update(GatewayEntity.update({ shard }).subtract({ services: 1 })) };
}
