import type { InstanceHealth } from '@gantry/contract/schemas/health.ts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Clock, Cog, Globe } from 'lucide-react';
import { Skeleton } from '../../components/skeleton.tsx';
import { DeploymentState, Health, Status } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import { api, apiList } from '../../data/api.ts';
import { isInFlight, sourceText } from '../../data/deployments.ts';
import { useInView } from '../../data/in-view.ts';
import { instanceParams, type ServicePlace } from '../../data/place.ts';
import { paths, slugsOf } from '../../paths.ts';

const icons = { web: Globe, worker: Cog, cron: Clock };

/** A service in an environment: how it does, where it answers and what was deployed last. */
export function ServiceCard({ place }: { readonly place: ServicePlace }) {
  const { service } = place;
  const params = instanceParams(place);
  const [card, isInView] = useInView<HTMLElement>();
  const { data: health } = useHealth(place);
  const { data: deployments } = useQuery({ ...api('deployments.list', { params }), enabled: isInView });
  const newest = deployments?.items[0];
  const url = deployments?.items.find(({ status }) => status === 'live')?.url;
  const Icon = icons[service.kind];
  const slugs = slugsOf.service(place);
  return (
    <article
      ref={card}
      className="relative grid h-full grid-cols-[minmax(0,1fr)] content-start gap-3 rounded-lg border border-line bg-surface p-4 transition-colors hover:border-line-strong"
    >
      <header className="flex items-center gap-2.5">
        <Icon aria-hidden="true" size={18} className="shrink-0 text-soft" />
        <h2 className="min-w-0 grow truncate font-semibold">
          <Link to={paths.service(slugs)} className="after:absolute after:inset-0 after:rounded-lg">
            {service.name}
          </Link>
        </h2>
        {health === undefined ? <Skeleton className="h-4 w-16" /> : <ServiceState newest={newest} health={health} />}
      </header>
      <div className="flex min-h-5 items-baseline justify-between gap-3 text-small">
        {url != null && (
          <a href={url} target="_blank" rel="noreferrer" className="relative truncate text-accent hover:underline">
            {new URL(url).host}
          </a>
        )}
        {health != null && health.wanted > 0 && (
          <span className="ml-auto shrink-0 text-soft tabular">{replicasText(health)}</span>
        )}
      </div>
      <div className="truncate text-small text-soft">
        {deployments === undefined ? (
          <Skeleton className="h-5 w-40" />
        ) : newest === undefined ? (
          'Never deployed'
        ) : (
          <>
            {sourceText(newest)} · <Ago at={newest.createdAt} />
          </>
        )}
      </div>
    </article>
  );
}

const replicasText = ({ running, wanted }: InstanceHealth) =>
  running === wanted ? `${wanted} ${wanted === 1 ? 'replica' : 'replicas'}` : `${running} of ${wanted} replicas`;

/** How a service does: one read for all cards of an environment. Null where it never was live. */
function useHealth({ team, project, environment, service }: ServicePlace) {
  const params = { teamId: team.id, projectId: project.id, environmentId: environment.id };
  return useQuery({
    ...apiList('deployments.healthOfEnvironment', { params }),
    select: (all) => all.find(({ serviceId }) => serviceId === service.id) ?? null,
  });
}

interface StateProps {
  readonly newest: Parameters<typeof isInFlight>[0] | undefined;
  readonly health: InstanceHealth | null;
}

/** What is on its way says more than what is live. */
function ServiceState({ newest, health }: StateProps) {
  const isLive = health !== null && health.liveDeploymentId !== null;
  if (newest !== undefined && (isInFlight(newest) || (newest.status === 'failed' && !isLive)))
    return <DeploymentState {...newest} />;
  return isLive ? <Health state={health.state} /> : <Status tone="quiet">Not live</Status>;
}
