import { shortId } from '@gantry/contract/short-id.ts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ExternalLink } from 'lucide-react';
import { Card, Fact, Facts } from '../../components/card.tsx';
import { Empty } from '../../components/empty.tsx';
import { Page } from '../../components/page.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { Health, Status } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import { api } from '../../data/api.ts';
import { isInFlight, sourceText } from '../../data/deployments.ts';
import { instanceParams, useService } from '../../data/place.ts';
import { paths, slugsOf } from '../../paths.ts';
import { Progress } from './progress.tsx';
import { ServiceActions } from './service-actions.tsx';

/** How a service does in an environment: its address, what is live and what is on its way. */
export function View() {
  const place = useService();
  const { service, environment } = place;
  const params = instanceParams(place);
  const { data: health } = useQuery(api('deployments.health', { params }));
  const { data: deployments } = useQuery(api('deployments.list', { params }));
  const [newest] = deployments?.items ?? [];
  const live = deployments?.items.find(({ status }) => status === 'live');
  const slugs = slugsOf.service(place);
  return (
    <Page
      title={`${service.name} · ${environment.name}`}
      heading={service.name}
      actions={
        deployments !== undefined &&
        health !== undefined && <ServiceActions deployments={deployments.items} health={health} />
      }
    >
      {newest !== undefined && isInFlight(newest) && (
        <Card title="On its way">
          <Progress deployment={newest} />
        </Card>
      )}
      <Card title="Live">
        {deployments === undefined || health === undefined ? (
          <Skeleton className="m-4 h-28" />
        ) : live === undefined ? (
          <Empty title="Nothing is live yet" command="gantry up">
            Deploy this service from its folder. What happens shows here as it happens.
          </Empty>
        ) : (
          <Facts>
            <Fact name="Health">
              {health.liveDeploymentId === null ? (
                <Status tone="quiet">Not known yet</Status>
              ) : (
                <Health state={health.state} />
              )}
            </Fact>
            {live.url !== null && (
              <Fact name="Address">
                <a
                  href={live.url}
                  target="_blank"
                  rel="noreferrer"
                  className="inline-flex max-w-full items-center gap-1.5 text-accent hover:underline"
                >
                  <span className="truncate">{new URL(live.url).host}</span>
                  <ExternalLink aria-hidden="true" size={13} className="shrink-0" />
                </a>
              </Fact>
            )}
            <Fact name="Deployment">
              <Link to={paths.deployment(slugs, live.id)} className="hover:underline">
                <code className="font-mono text-small">{shortId(live.id)}</code> · {sourceText(live)} ·{' '}
                <Ago at={live.createdAt} />
              </Link>
            </Fact>
            <Fact name="Instances">
              <span className="tabular">{`${health.running} of ${health.wanted} ready`}</span>
            </Fact>
          </Facts>
        )}
      </Card>
    </Page>
  );
}
