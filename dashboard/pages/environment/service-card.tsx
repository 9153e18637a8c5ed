import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Clock, Cog, Globe } from 'lucide-react';
import { Skeleton } from '../../components/skeleton.tsx';
import { DeploymentState, Health, Status } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import { api } from '../../data/api.ts';
import { isInFlight, sourceText } from '../../data/deployments.ts';
import { instanceParams, type ServicePlace } from '../../data/place.ts';
import { paths, slugsOf } from '../../paths.ts';

const icons = { web: Globe, worker: Cog, cron: Clock };

/** A service in an environment: how it does, where it answers and what was deployed last. */
export function ServiceCard({ place }: { readonly place: ServicePlace }) {
  const { service } = place;
  const params = instanceParams(place);
  const { data: health } = useQuery(api('deployments.health', { params }));
  const { data: deployments } = useQuery(api('deployments.list', { params }));
  const newest = deployments?.items[0];
  const url = deployments?.items.find(({ status }) => status === 'live')?.url;
  const Icon = icons[service.kind];
  const slugs = slugsOf.service(place);
  return (
    <article className="relative grid h-full gap-3 rounded-lg border border-line bg-surface p-4 transition-colors hover:border-line-strong">
      <header className="flex items-center gap-2.5">
        <Icon aria-hidden="true" size={18} className="shrink-0 text-soft" />
        <h2 className="min-w-0 grow truncate font-semibold">
          <Link to={paths.service(slugs)} className="after:absolute after:inset-0 after:rounded-lg">
            {service.name}
          </Link>
        </h2>
        {health === undefined ? <Skeleton className="h-4 w-16" /> : <ServiceState newest={newest} health={health} />}
      </header>
      <div className="min-h-5 truncate text-small">
        {url != null && (
          <a href={url} target="_blank" rel="noreferrer" className="relative text-accent hover:underline">
            {new URL(url).host}
          </a>
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

interface StateProps {
  readonly newest: Parameters<typeof isInFlight>[0] | undefined;
  readonly health: { readonly liveDeploymentId: string | null; readonly state: Parameters<typeof Health>[0]['state'] };
}

/** What is on its way says more than what is live. */
function ServiceState({ newest, health }: StateProps) {
  if (newest !== undefined && (isInFlight(newest) || (newest.status === 'failed' && health.liveDeploymentId === null)))
    return <DeploymentState {...newest} />;
  return health.liveDeploymentId === null ? <Status tone="quiet">Not live</Status> : <Health state={health.state} />;
}
