import { ADMISSION_POLICIES, ADMISSION_POLICY_BINDINGS } from './admission-policies.ts';
import { DEPLOYMENTS, REPLICA_SETS } from './apps.ts';
import { CRON_JOBS, JOBS } from './batch.ts';
import { COMPUTED_KINDS } from './computed.ts';
import { CONFIG_MAPS, EVENTS, NAMESPACES, NODES, SECRETS, SERVICE_ACCOUNTS, SERVICES } from './core.ts';
import { INERT_KINDS } from './inert.ts';
import type { Kind } from './kind.ts';
import { ENDPOINT_SLICES, GATEWAY_CLASSES, GATEWAYS, HTTP_ROUTES } from './network.ts';
import { PODS } from './pods.ts';
import { LIMIT_RANGES, RESOURCE_QUOTAS } from './policy.ts';
import { CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, ROLE_BINDINGS, ROLES } from './rbac.ts';

/** Every kind that the API serves. */
export const KINDS: readonly Kind[] = [
  NAMESPACES,
  NODES,
  SECRETS,
  CONFIG_MAPS,
  SERVICES,
  SERVICE_ACCOUNTS,
  PODS,
  EVENTS,
  DEPLOYMENTS,
  REPLICA_SETS,
  JOBS,
  CRON_JOBS,
  RESOURCE_QUOTAS,
  LIMIT_RANGES,
  ENDPOINT_SLICES,
  GATEWAY_CLASSES,
  GATEWAYS,
  HTTP_ROUTES,
  ROLES,
  ROLE_BINDINGS,
  CLUSTER_ROLES,
  CLUSTER_ROLE_BINDINGS,
  ADMISSION_POLICIES,
  ADMISSION_POLICY_BINDINGS,
  ...INERT_KINDS,
  ...COMPUTED_KINDS,
];
