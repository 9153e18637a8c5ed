import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { InstanceHealth } from '@gantry/contract/schemas/health.ts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Card } from '../../components/card.tsx';
import { Page } from '../../components/page.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { capital, healthTones } from '../../components/status.tsx';
import { api } from '../../data/api.ts';
import { isInFlight } from '../../data/deployments.ts';
import { instanceParams, useService } from '../../data/place.ts';
import { paths, slugsOf } from '../../paths.ts';
import { DeploymentRows } from './deployment-rows.tsx';
import { HealthDetail } from './health-detail.tsx';
import { LiveFacts } from './live-facts.tsx';
import { NothingLive } from './nothing-live.tsx';
import { Progress } from './progress.tsx';
import { ServiceActions } from './service-actions.tsx';

/** The number of deployments on this page. The others are on their own page. */
const LATEST = 5;

/** A service in an environment: its address, its live release and its deployment in flight. */
export function View() {
  const place = useService();
  const { service, environment } = place;
  const params = instanceParams(place);
  const { data: health } = useQuery(api('deployments.health', { params }));
  const { data: deployments } = useQuery(api('deployments.list', { params }));
  const items = deployments?.items ?? [];
  const [newest] = items;
  const isBusy = newest !== undefined && isInFlight(newest);
  const live = items.find(({ status }) => status === 'live');
  const slugs = slugsOf.service(place);
  const state = stateOf(newest, health);
  return (
    <Page
      title={[state?.word, service.name, environment.name].filter(Boolean).join(' · ')}
      tone={state?.tone}
      heading={service.name}
      actions={health !== undefined && <ServiceActions deployments={items} health={health} />}
    >
      {isBusy && (
        <Card title="On its way">
          <Progress deployment={newest} />
        </Card>
      )}
      <Card title={live === undefined ? 'Release' : 'Live'}>
        {deployments === undefined || health === undefined ? (
          <Skeleton className="m-4 h-28" />
        ) : live === undefined ? (
          <NothingLive isNew={newest === undefined} isBusy={isBusy} />
        ) : (
          <>
            <LiveFacts live={live} health={health} isBusy={isBusy} />
            <HealthDetail health={health} />
          </>
        )}
      </Card>
      {items.length > 0 && (
        <Card
          title="Latest deployments"
          actions={
            <Link to={paths.deployments(slugs)} className="text-small text-accent hover:underline">
              All deployments
            </Link>
          }
        >
          <DeploymentRows deployments={items.slice(0, LATEST)} slugs={slugs} />
        </Card>
      )}
    </Page>
  );
}

/** The state in the window's title: of the deployment in flight, or else of the live release. */
function stateOf(newest: Deployment | undefined, health: InstanceHealth | undefined) {
  if (newest !== undefined && isInFlight(newest)) return { word: capital(newest.status), tone: 'busy' as const };
  if (health === undefined || health.liveDeploymentId === null) return undefined;
  return { word: capital(health.state), tone: healthTones[health.state] };
}
