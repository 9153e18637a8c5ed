import { allows, type Role } from '@gantry/contract/roles.ts';
import type { Team } from '@gantry/contract/schemas/identity.ts';
import type { Project } from '@gantry/contract/schemas/projects.ts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ChevronRight } from 'lucide-react';
import { Empty } from '../../components/empty.tsx';
import { GuideSteps } from '../../components/guide-steps.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { Health, Status } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import { apiList } from '../../data/api.ts';
import { environmentsQuery, projectsQuery, servicesQuery } from '../../data/place.ts';
import { paths } from '../../paths.ts';
import { NewProjectButton } from '../team/new-project.tsx';

/** A team's projects, each with its state. */
export function TeamProjects({ team, role }: { readonly team: Team; readonly role: Role | null }) {
  const mayCreate = role !== null && allows(role, 'project.create');
  const { data: projects } = useQuery(projectsQuery(team.id));
  if (projects === undefined) return <Skeleton className="m-4 h-10" />;
  if (projects.length === 0)
    return (
      <Empty
        above={<GuideSteps at={1} />}
        title="No project yet"
        action={mayCreate && <NewProjectButton team={team} />}
        command={mayCreate ? 'gantry init' : undefined}
      >
        A project holds the services that belong together, in one or more environments.
      </Empty>
    );
  return (
    <ul className="divide-y divide-line">
      {projects.map((project) => (
        <ProjectRow key={project.id} team={team} project={project} />
      ))}
    </ul>
  );
}

function ProjectRow({ team, project }: { readonly team: Team; readonly project: Project }) {
  const { data: services } = useQuery(servicesQuery(team.id, project.id));
  const count = services?.length;
  return (
    <li>
      <Link
        to={paths.project({ team: team.slug, project: project.slug })}
        className="flex min-h-13 flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5 hover:bg-sunken"
      >
        <span className="min-w-0 grow basis-40">
          <span className="block font-medium">{project.name}</span>
          <span className="block text-small text-soft">
            {count === undefined ? '…' : `${count} ${count === 1 ? 'service' : 'services'}`} · created{' '}
            <Ago at={project.createdAt} />
          </span>
        </span>
        <ProjectState team={team} project={project} />
        <ChevronRight aria-hidden="true" size={16} className="text-faint" />
      </Link>
    </li>
  );
}

/** The worst state of the live services in the project's first environment. */
function ProjectState({ team, project }: { readonly team: Team; readonly project: Project }) {
  const environmentId = useQuery(environmentsQuery(team.id, project.id)).data?.[0]?.id ?? '';
  const params = { teamId: team.id, projectId: project.id, environmentId };
  const { data: health } = useQuery({
    ...apiList('deployments.healthOfEnvironment', { params }),
    enabled: environmentId !== '',
  });
  if (project.status === 'deleting') return <Status tone="busy">Deleting</Status>;
  const order = ['crashing', 'degraded', 'starting', 'unknown', 'stopped', 'healthy'];
  const states = health?.map(({ state }) => state) ?? [];
  const [gravest] = states.sort((a, b) => order.indexOf(a) - order.indexOf(b));
  if (health === undefined) return <Skeleton className="h-4 w-20" />;
  return gravest === undefined ? <Status tone="quiet">Nothing live</Status> : <Health state={gravest} />;
}
