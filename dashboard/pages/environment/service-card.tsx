import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { InstanceHealth } from '@gantry/contract/schemas/health.ts';
import type { Service } from '@gantry/contract/schemas/services.ts';
import { Link } from '@tanstack/react-router';
import { Clock, Cog, Globe } from 'lucide-react';
import { memo } from 'react';
import { Skeleton } from '../../components/skeleton.tsx';
import { DeploymentState, Health, Status } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import { isInFlight, sourceText } from '../../data/deployments.ts';
import type { ServiceState } from '../../data/environment-state.ts';

const icons = { web: Globe, worker: Cog, cron: Clock };

interface ServiceCardProps extends ServiceState {
  readonly to: string;
  readonly service: Service;
}

/** A service in an environment: its state, its address and its last deployment. It is drawn again only when one of these has changed. */
export const ServiceCard = memo(function ServiceCard({ to, service, health, newest, url }: ServiceCardProps) {
  const Icon = icons[service.kind];
  return (
    <article className="relative grid h-full grid-cols-[minmax(0,1fr)] content-start gap-3 rounded-lg border border-line bg-surface p-4 transition-colors hover:border-line-strong">
      <header className="flex items-center gap-2.5">
        <Icon aria-hidden="true" size={18} className="shrink-0 text-soft" />
        <h2 className="min-w-0 grow truncate font-semibold">
          <Link to={to} className="after:absolute after:inset-0 after:rounded-lg">
            {service.name}
          </Link>
        </h2>
        {health === undefined || newest === undefined ? (
          <Skeleton className="h-4 w-16" />
        ) : (
          <State newest={newest} health={health} />
        )}
      </header>
      <div className="flex min-h-5 items-baseline justify-between gap-3 text-small">
        {url !== null && (
          <a href={url} target="_blank" rel="noreferrer" className="relative truncate text-accent hover:underline">
            {new URL(url).host}
          </a>
        )}
        {health != null && health.wanted > 0 && (
          <span className="ml-auto shrink-0 text-soft tabular">{replicasText(health)}</span>
        )}
      </div>
      <div className="truncate text-small text-soft">
        {newest === undefined ? (
          <Skeleton className="h-5 w-40" />
        ) : newest === null ? (
          'Never deployed'
        ) : (
          <>
            {sourceText(newest)} · <Ago at={newest.createdAt} />
          </>
        )}
      </div>
    </article>
  );
});

const replicasText = ({ running, wanted }: InstanceHealth) =>
  running === wanted ? `${wanted} ${wanted === 1 ? 'replica' : 'replicas'}` : `${running} of ${wanted} replicas`;

interface StateProps {
  readonly newest: Deployment | null;
  readonly health: InstanceHealth | null;
}

/** A deployment in flight matters more than the live one, and so does a failed one where nothing is live. */
function State({ newest, health }: StateProps) {
  const isLive = health !== null && health.liveDeploymentId !== null;
  if (newest !== null && (isInFlight(newest) || (newest.status === 'failed' && !isLive)))
    return <DeploymentState {...newest} />;
  return isLive ? <Health state={health.state} /> : <Status tone="quiet">Not live</Status>;
}
