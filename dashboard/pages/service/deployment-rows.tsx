import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { Link } from '@tanstack/react-router';
import { capital, DeploymentState } from '../../components/status.tsx';
import { Ago, Took } from '../../components/time.tsx';
import { currentSteps, isInFlight, originText, sourceText } from '../../data/deployments.ts';
import { paths, type ServiceSlugs } from '../../paths.ts';

interface DeploymentRowsProps {
  readonly deployments: readonly Deployment[];
  readonly slugs: ServiceSlugs;
}

/** Deployments of a service, a row each. */
export function DeploymentRows({ deployments, slugs }: DeploymentRowsProps) {
  return (
    <ul className="divide-y divide-line">
      {deployments.map((deployment) => (
        <Row key={deployment.id} deployment={deployment} slugs={slugs} />
      ))}
    </ul>
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
        className="grid gap-x-4 gap-y-0.5 px-4 py-2.5 hover:bg-sunken sm:grid-cols-[8rem_minmax(0,1fr)_auto] sm:items-center"
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
