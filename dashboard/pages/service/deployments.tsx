import { allows } from '@gantry/contract/roles.ts';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { GitCompareArrows } from 'lucide-react';
import { Button, buttonClasses } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { Empty } from '../../components/empty.tsx';
import { Page } from '../../components/page.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { client } from '../../data/client.ts';
import { instanceParams, useService } from '../../data/place.ts';
import { paths, slugsOf } from '../../paths.ts';
import { DeploymentRows } from './deployment-rows.tsx';
import { Timings } from './timings.tsx';

/** The deployments of a service in an environment, newest first, page by page. */
export function View() {
  const place = useService();
  const params = instanceParams(place);
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['deployments.list', { params }, 'pages'],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      client('deployments.list', { params, query: pageParam === '' ? {} : { cursor: pageParam } }),
    getNextPageParam: ({ next }) => next,
    throwOnError: true,
  });
  const mayDeploy = place.role !== null && allows(place.role, 'deployment.create');
  const deployments = data?.pages.flatMap(({ items }) => items);
  return (
    <Page
      title={`Deployments · ${place.service.name}`}
      heading="Deployments"
      actions={
        deployments !== undefined &&
        deployments.length > 1 && (
          <Link to={paths.compare(slugsOf.service(place))} className={buttonClasses()}>
            <GitCompareArrows aria-hidden="true" size={14} />
            Compare
          </Link>
        )
      }
    >
      <Card>
        {deployments === undefined ? (
          <Skeleton className="m-4 h-24" />
        ) : deployments.length === 0 ? (
          <Empty title="Never deployed" command={mayDeploy ? 'gantry up' : undefined}>
            A deployment builds your code and checks that it is healthy. Only then does it get the traffic.
          </Empty>
        ) : (
          <DeploymentRows deployments={deployments} slugs={slugsOf.service(place)} />
        )}
      </Card>
      {hasNextPage && (
        <div className="flex justify-center">
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show older deployments
          </Button>
        </div>
      )}
      <Timings />
    </Page>
  );
}
