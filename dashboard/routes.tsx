import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from '@tanstack/react-router';
import { ErrorView, NotFoundView } from './components/error-view.tsx';
import { PageSkeleton } from './components/skeleton.tsx';
import { auditSearch } from './data/audit.ts';
import { compareSearch } from './data/compare-search.ts';
import { logSearch } from './data/log-search.ts';
import { metricSearch } from './data/metric-search.ts';
import { loadPlace } from './data/place.ts';
import { variableSearch } from './data/variables.ts';
import { Shell } from './shell/shell.tsx';
import { SignedIn } from './shell/signed-in.tsx';

/** A page. Its script loads when the user opens the page or points at a link to it. */
interface PageModule {
  readonly View: () => React.ReactNode;
}

const page = (load: () => Promise<PageModule>) => lazyRouteComponent(load, 'View');

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFoundView });
const signedIn = createRoute({ getParentRoute: () => root, path: '/signed-in', component: SignedIn });
const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell });

const home = createRoute({ getParentRoute: () => shell, path: '/', component: page(() => import('./pages/home.tsx')) });

const account = createRoute({
  getParentRoute: () => shell,
  path: '/account',
  component: page(() => import('./pages/account.tsx')),
});

const joined = createRoute({
  getParentRoute: () => shell,
  path: '/github',
  component: page(() => import('./pages/github.tsx')),
});

const team = createRoute({
  getParentRoute: () => shell,
  path: '/teams/$team',
  loader: ({ params }) => loadPlace(params),
  component: page(() => import('./pages/team/frame.tsx')),
});
const projects = createRoute({
  getParentRoute: () => team,
  path: '/',
  component: page(() => import('./pages/team/projects.tsx')),
});

const members = createRoute({
  getParentRoute: () => team,
  path: '/members',
  component: page(() => import('./pages/team/members.tsx')),
});
const tokens = createRoute({
  getParentRoute: () => team,
  path: '/tokens',
  component: page(() => import('./pages/team/tokens.tsx')),
});
const github = createRoute({
  getParentRoute: () => team,
  path: '/github',
  component: page(() => import('./pages/team/github.tsx')),
});
const channels = createRoute({
  getParentRoute: () => team,
  path: '/notifications',
  component: page(() => import('./pages/team/channels.tsx')),
});
const audit = createRoute({
  getParentRoute: () => team,
  path: '/audit',
  validateSearch: auditSearch,
  component: page(() => import('./pages/team/audit.tsx')),
});
const teamSettings = createRoute({
  getParentRoute: () => team,
  path: '/settings',
  component: page(() => import('./pages/team/settings.tsx')),
});

const project = createRoute({
  getParentRoute: () => shell,
  path: '/teams/$team/projects/$project',
  loader: ({ params }) => loadPlace(params),
  component: Outlet,
});
const projectHome = createRoute({
  getParentRoute: () => project,
  path: '/',
  component: page(() => import('./pages/project-home.tsx')),
});

const environment = createRoute({
  getParentRoute: () => project,
  path: '/$environment',
  component: page(() => import('./pages/environment/frame.tsx')),
});
const services = createRoute({
  getParentRoute: () => environment,
  path: '/',
  component: page(() => import('./pages/environment/services.tsx')),
});

const environmentSettings = createRoute({
  getParentRoute: () => environment,
  path: '/-/settings',
  component: page(() => import('./pages/environment/settings.tsx')),
});

const databases = createRoute({
  getParentRoute: () => environment,
  path: '/-/databases',
  component: page(() => import('./pages/environment/databases.tsx')),
});
const database = createRoute({
  getParentRoute: () => environment,
  path: '/-/databases/$database',
  component: page(() => import('./pages/environment/database.tsx')),
});

const service = createRoute({
  getParentRoute: () => project,
  path: '/$environment/$service',
  component: page(() => import('./pages/service/frame.tsx')),
});
const overview = createRoute({
  getParentRoute: () => service,
  path: '/',
  component: page(() => import('./pages/service/overview.tsx')),
});
const deployments = createRoute({
  getParentRoute: () => service,
  path: '/deployments',
  component: page(() => import('./pages/service/deployments.tsx')),
});
const deployment = createRoute({
  getParentRoute: () => service,
  path: '/deployments/$deployment',
  component: page(() => import('./pages/service/deployment.tsx')),
});
const compare = createRoute({
  getParentRoute: () => service,
  path: '/deployments/-/compare',
  validateSearch: compareSearch,
  component: page(() => import('./pages/service/compare.tsx')),
});
const metrics = createRoute({
  getParentRoute: () => service,
  path: '/metrics',
  validateSearch: metricSearch,
  component: page(() => import('./pages/service/metrics.tsx')),
});
const logs = createRoute({
  getParentRoute: () => service,
  path: '/logs',
  validateSearch: logSearch,
  component: page(() => import('./pages/service/logs.tsx')),
});

const alerts = createRoute({
  getParentRoute: () => service,
  path: '/alerts',
  component: page(() => import('./pages/service/alerts.tsx')),
});
const variables = createRoute({
  getParentRoute: () => service,
  path: '/variables',
  validateSearch: variableSearch,
  component: page(() => import('./pages/service/variables.tsx')),
});
const settings = createRoute({
  getParentRoute: () => service,
  path: '/settings',
  component: page(() => import('./pages/service/settings.tsx')),
});

const routeTree = root.addChildren([
  signedIn,
  shell.addChildren([
    home,
    account,
    joined,
    team.addChildren([projects, members, tokens, github, channels, audit, teamSettings]),
    project.addChildren([
      projectHome,
      environment.addChildren([services, databases, database, environmentSettings]),
      service.addChildren([overview, deployments, deployment, compare, metrics, logs, alerts, variables, settings]),
    ]),
  ]),
]);

export const router = createRouter({
  routeTree,
  defaultPreload: 'intent',
  defaultErrorComponent: ErrorView,
  defaultNotFoundComponent: NotFoundView,
  defaultPendingComponent: PageSkeleton,
  defaultPendingMs: 150,
  defaultPendingMinMs: 200,
  scrollRestoration: true,
});
