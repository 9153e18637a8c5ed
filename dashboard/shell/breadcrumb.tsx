import type { Session } from '@gantry/contract/schemas/identity.ts';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Fragment, useEffect, useRef } from 'react';
import { databasesQuery } from '../data/databases.ts';
import { environmentsQuery, projectsQuery, type Slugs, servicesQuery } from '../data/place.ts';
import { paths } from '../paths.ts';
import { Switcher } from './switcher.tsx';

/** One part of the breadcrumb, with its siblings. */
interface Crumb {
  readonly noun: string;
  readonly name: string;
  readonly to: string;
  readonly others: readonly { readonly name: string; readonly to: string }[];
}

type Named = { readonly slug: string; readonly name: string };

const crumbOf = (noun: string, slug: string, items: readonly Named[], to: (slug: string) => string): Crumb => ({
  noun,
  name: items.find((item) => item.slug === slug)?.name ?? slug,
  to: to(slug),
  others: items.map((item) => ({ name: item.name, to: to(item.slug) })),
});

function useCrumbs(session: Session): readonly Crumb[] {
  const { team, project, environment, service, database }: Slugs = useParams({ strict: false });
  const teams = session.teams.map((membership) => membership.team);
  const teamId = teams.find(({ slug }) => slug === team)?.id ?? '';
  const projects = useQuery({ ...projectsQuery(teamId), enabled: teamId !== '' }).data ?? [];
  const projectId = projects.find(({ slug }) => slug === project)?.id ?? '';
  const environments = useQuery({ ...environmentsQuery(teamId, projectId), enabled: projectId !== '' }).data ?? [];
  const services = useQuery({ ...servicesQuery(teamId, projectId), enabled: projectId !== '' }).data ?? [];
  const environmentId = environments.find(({ slug }) => slug === environment)?.id ?? '';
  const inEnvironment = databasesQuery({ teamId, projectId, environmentId });
  const databases = useQuery({ ...inEnvironment, enabled: database !== undefined && environmentId !== '' }).data ?? [];
  if (team === undefined) return [];
  const crumbs = [crumbOf('team', team, teams, paths.team)];
  if (project === undefined) return crumbs;
  crumbs.push(crumbOf('project', project, projects, (slug) => paths.project({ team, project: slug })));
  if (environment === undefined) return crumbs;
  const inProject = { team, project };
  crumbs.push(
    crumbOf('environment', environment, environments, (slug) =>
      service === undefined
        ? paths.environment({ ...inProject, environment: slug })
        : paths.service({ ...inProject, environment: slug, service }),
    ),
  );
  if (database !== undefined) {
    const to = (slug: string) => paths.database({ ...inProject, environment, database: slug });
    crumbs.push(crumbOf('database', database, databases, to));
  }
  if (service === undefined) return crumbs;
  crumbs.push(
    crumbOf('service', service, services, (slug) => paths.service({ ...inProject, environment, service: slug })),
  );
  return crumbs;
}

export function Breadcrumb({ session }: { readonly session: Session }) {
  const crumbs = useCrumbs(session);
  const nav = useRef<HTMLElement>(null);
  const here = crumbs.at(-1)?.to;
  useEffect(() => {
    // On a narrow screen show the end of the breadcrumb: the present page.
    if (nav.current !== null && here !== undefined) nav.current.scrollLeft = nav.current.scrollWidth;
  }, [here]);
  return (
    <nav ref={nav} aria-label="Breadcrumb" className="min-w-0 overflow-x-auto">
      <ol className="flex items-center gap-1">
        {crumbs.map((crumb, index) => (
          <Fragment key={crumb.noun}>
            <li aria-hidden="true" className="text-line-strong">
              /
            </li>
            <li className="flex items-center">
              <Link
                to={crumb.to}
                className={`rounded-md px-1.5 py-1 text-small font-medium whitespace-nowrap hover:bg-sunken ${index === crumbs.length - 1 ? 'text-ink' : 'text-soft'}`}
              >
                {crumb.name}
              </Link>
              <Switcher noun={crumb.noun} others={crumb.others} />
            </li>
          </Fragment>
        ))}
      </ol>
    </nav>
  );
}
