import { allows } from '@gantry/contract/roles.ts';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { buttonClasses } from '../../components/button.tsx';
import { Empty } from '../../components/empty.tsx';
import { GuideSteps } from '../../components/guide-steps.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { useService } from '../../data/place.ts';
import { paths, slugsOf } from '../../paths.ts';

const DeployForm = lazy(() => import('./deploy-form.tsx'));

interface NothingLiveProps {
  /** Whether the service was never deployed. */
  readonly isNew: boolean;
  /** Whether a deployment is in flight. */
  readonly isBusy: boolean;
}

/** A service without a live release: the next step, or where to see why the last deployment failed. */
export function NothingLive({ isNew, isBusy }: NothingLiveProps) {
  const place = useService();
  const mayDeploy = place.role !== null && allows(place.role, 'deployment.create');
  if (isBusy) return <Empty title="Nothing is live yet">The deployment above is in flight.</Empty>;
  if (!isNew)
    return (
      <Empty
        title="Nothing is live yet"
        action={
          <Link to={paths.deployments(slugsOf.service(place))} className={buttonClasses()}>
            Look at its deployments
          </Link>
        }
      >
        No deployment has become healthy so far. Each deployment says what happened and what to do.
      </Empty>
    );
  const isUpload = place.service.source.kind === 'upload';
  return (
    <Empty
      above={<GuideSteps at={3} />}
      title="Nothing is live yet"
      command={mayDeploy ? (isUpload ? 'gantry up' : 'gantry deploy') : undefined}
      action={
        mayDeploy && (
          <div className="w-full max-w-lg">
            <Suspense fallback={<Skeleton className="h-48" />}>
              <DeployForm offersExample />
            </Suspense>
          </div>
        )
      }
    >
      {place.service.source.kind === 'github'
        ? 'The next push deploys it, or this button. The steps show live.'
        : 'Deploy its code. The steps show live, and then its address.'}
    </Empty>
  );
}
