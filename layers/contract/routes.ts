import type { Route } from './route.ts';
import { alertsRoutes } from './routes/alerts.ts';
import { auditRoutes } from './routes/audit.ts';
import { backupsRoutes } from './routes/backups.ts';
import { browserSessionRoutes } from './routes/browser-session.ts';
import { channelsRoutes } from './routes/channels.ts';
import { databasesRoutes } from './routes/databases.ts';
import { deploymentsRoutes } from './routes/deployments.ts';
import { execRoutes } from './routes/exec.ts';
import { identityRoutes } from './routes/identity.ts';
import { logsRoutes } from './routes/logs.ts';
import { metaRoutes } from './routes/meta.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { projectsRoutes } from './routes/projects.ts';
import { servicesRoutes } from './routes/services.ts';
import { sourceRoutes } from './routes/source.ts';
import { timingsRoutes } from './routes/timings.ts';
import { variablesRoutes } from './routes/variables.ts';

/** The API by context. Each context is served by the function of its name, `functions/api/<context>.ts`. */
export const routesByContext = {
  meta: metaRoutes,
  browser: browserSessionRoutes,
  identity: identityRoutes,
  projects: { ...projectsRoutes, ...servicesRoutes },
  source: sourceRoutes,
  deployments: { ...deploymentsRoutes, ...timingsRoutes },
  variables: variablesRoutes,
  logs: logsRoutes,
  metrics: metricsRoutes,
  alerts: { ...alertsRoutes, ...channelsRoutes },
  audit: auditRoutes,
  exec: execRoutes,
  databases: { ...databasesRoutes, ...backupsRoutes },
} as const satisfies Record<string, Record<string, Route>>;

export type Context = keyof typeof routesByContext;

/** Every operation of the API by its id. */
export const routes = {
  ...metaRoutes,
  ...browserSessionRoutes,
  ...identityRoutes,
  ...projectsRoutes,
  ...servicesRoutes,
  ...sourceRoutes,
  ...deploymentsRoutes,
  ...timingsRoutes,
  ...variablesRoutes,
  ...logsRoutes,
  ...metricsRoutes,
  ...alertsRoutes,
  ...channelsRoutes,
  ...auditRoutes,
  ...execRoutes,
  ...databasesRoutes,
  ...backupsRoutes,
} as const satisfies Record<string, Route>;

export type OperationId = keyof typeof routes;

/** Paths of the meta function beside the contract's routes: pages for people. */
export const pages = ['/docs'] as const;

/** Where other services deliver. Their signature identifies them. */
export const webhooks = ['/webhooks/github'] as const;
