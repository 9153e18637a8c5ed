import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Card } from '../../components/card.tsx';
import { Empty } from '../../components/empty.tsx';
import { Page } from '../../components/page.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { capital, DeploymentState } from '../../components/status.tsx';
import { Ago, Took } from '../../components/time.tsx';
import { api } from '../../data/api.ts';
import { currentSteps, isInFlight, originText, sourceText } from '../../data/deployments.ts';
import { instanceParams, useService } from '../../data/place.ts';
import { paths, type ServiceSlugs, slugsOf } from '../../paths.ts';

export function View() {
  const place = useService();
  const { data } = useQuery(api('deployments.list', { params: instanceParams(place) }));
  return (
    <Page title={`Deployments · ${place.service.name}`} heading="Deployments">
      <Card>
        {data === undefined ? (
          <Skeleton className="m-4 h-24" />
        ) : data.items.length === 0 ? (
          <Empty title="Never deployed" command="gantry up">
            Each deployment builds what you send, checks that it is healthy, and only then gives it the traffic.
          </Empty>
        ) : (
          <ul className="divide-y divide-line">
            {data.items.map((deployment) => (
              <Row key={deployment.id} deployment={deployment} slugs={slugsOf.service(place)} />
            ))}
          </ul>
        )}
      </Card>
    </Page>
  );
}

function Row({ deployment, slugs }: { readonly deployment: Deployment; readonly slugs: ServiceSlugs }) {
  const { id, reason, queuedAt, finishedAt, createdAt } = deployment;
  const step = currentSteps(deployment).at(-1);
  const about = reason?.detail ?? (isInFlight(deployment) && step ? `${capital(step.name)} …` : originText(deployment));
  return (
    <li>
      <Link
        to={paths.deployment(slugs, id)}
        className="grid gap-x-4 gap-y-0.5 px-4 py-2.5 hover:bg-sunken sm:grid-cols-[8rem_minmax(0,1fr)_auto]"
      >
        <DeploymentState {...deployment} />
        <span className="min-w-0">
          <span className="block truncate font-medium">{sourceText(deployment)}</span>
          {about !== undefined && <span className="block truncate text-small text-soft">{about}</span>}
        </span>
        <span className="flex gap-3 text-small text-soft sm:block sm:text-right">
          <span className="block">
            <Ago at={createdAt} />
          </span>
          <span className="block">
            <code className="font-mono">{shortId(id)}</code> · <Took from={queuedAt} to={finishedAt} />
          </span>
        </span>
      </Link>
    </li>
  );
}
