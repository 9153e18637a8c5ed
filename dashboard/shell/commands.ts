import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { toast } from '../components/toast.tsx';
import { environmentsQuery, projectsQuery, type Slugs, servicesQuery, sessionQuery } from '../data/place.ts';
import { signOut } from '../data/sign-in.ts';
import { type EnvironmentSlugs, paths, type ServiceSlugs } from '../paths.ts';
import { useTheme } from './theme.ts';

/** A command of the palette. */
export interface Command {
  readonly name: string;
  /** Its place, such as its project. */
  readonly about: string;
  readonly run: () => void;
}

type Page = readonly [name: string, about: string, to: string];

/** The pages near the shown one, then all projects of the user, then the global actions. */
export function useCommands(): readonly Command[] {
  const navigate = useNavigate();
  const [, setTheme] = useTheme();
  const themes = (['light', 'dark', 'system'] as const).map((theme) => ({
    name: theme === 'system' ? 'Theme as the system' : `${theme === 'light' ? 'Light' : 'Dark'} theme`,
    about: 'Appearance',
    run: () => setTheme(theme),
  }));
  const pages = usePages().map(([name, about, to]) => ({ name, about, run: () => void navigate({ to }) }));
  return [...pages, ...themes, { name: 'Sign out', about: 'Account', run: () => void signOut().catch(toast.error) }];
}

function usePages(): readonly Page[] {
  const { team, project, environment }: Slugs = useParams({ strict: false });
  const { data: session } = useQuery(sessionQuery());
  const teams = session?.teams.map((membership) => membership.team) ?? [];
  const here = teams.find(({ slug }) => slug === team) ?? teams[0];
  const { data: projects = [] } = useQuery({ ...projectsQuery(here?.id ?? ''), enabled: here !== undefined });
  const found = projects.find(({ slug }) => slug === project);
  const [teamId, projectId] = [here?.id ?? '', found?.id ?? ''];
  const isIn = projectId !== '';
  const { data: environments = [] } = useQuery({ ...environmentsQuery(teamId, projectId), enabled: isIn });
  const { data: services = [] } = useQuery({ ...servicesQuery(teamId, projectId), enabled: isIn });
  const inProject = { team: here?.slug ?? '', project: found?.slug ?? '' };
  const current = { ...inProject, environment: environment ?? environments[0]?.slug ?? '' };
  return [
    ...(isIn ? services.flatMap(({ slug, name }) => pagesOfService({ ...current, service: slug }, name)) : []),
    ...(isIn
      ? environments.flatMap(({ slug, name }) => pagesOfEnvironment({ ...inProject, environment: slug }, name))
      : []),
    ...projects.map(
      ({ slug, name }): Page => [name, 'Project', paths.project({ team: here?.slug ?? '', project: slug })],
    ),
    ...teams.flatMap(({ slug, name }) => pagesOfTeam(slug, name)),
    ['Overview', 'Home', paths.home()],
    ['Account', 'You', paths.account()],
  ];
}

function pagesOfService(slugs: ServiceSlugs, name: string): Page[] {
  return [
    [name, 'Service', paths.service(slugs)],
    ['Deployments', name, paths.deployments(slugs)],
    ['Metrics', name, paths.metrics(slugs)],
    ['Logs', name, paths.logs(slugs)],
    ['Variables', name, paths.variables(slugs)],
    ['Settings', name, paths.settings(slugs)],
  ];
}

function pagesOfEnvironment(slugs: EnvironmentSlugs, name: string): Page[] {
  return [
    [name, 'Environment', paths.environment(slugs)],
    ['Databases', `Environment ${name}`, paths.databases(slugs)],
    ['Settings', `Environment ${name}`, paths.environmentSettings(slugs)],
  ];
}

function pagesOfTeam(slug: string, name: string): Page[] {
  return [
    ['Projects', name, paths.team(slug)],
    ['Members', name, paths.members(slug)],
    ['API tokens', name, paths.tokens(slug)],
    ['GitHub', name, paths.github(slug)],
    ['Audit log', name, paths.audit(slug)],
    ['Team settings', name, paths.teamSettings(slug)],
  ];
}
