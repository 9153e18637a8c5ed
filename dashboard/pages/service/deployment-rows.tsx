import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { StateRow } from '../../components/state-row.tsx';
import { capital, DeploymentState } from '../../components/status.tsx';
import { Ago, Took } from '../../components/time.tsx';
import { currentSteps, isInFlight, originText, sourceText } from '../../data/deployments.ts';
import { paths, type ServiceSlugs } from '../../paths.ts';

interface DeploymentRowsProps {
  readonly deployments: readonly Deployment[];
  readonly slugs: ServiceSlugs;
}

/** Rows with the deployments of a service. */
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
    <StateRow
      to={paths.deployment(slugs, id)}
      state={<DeploymentState {...deployment} />}
      name={sourceText(deployment)}
      about={about}
    >
      <span className="block">
        <Ago at={createdAt} />
      </span>
      <span className="block">
        <code className="font-mono">{shortId(id)}</code> · <Took from={queuedAt} to={finishedAt} />
      </span>
    </StateRow>
  );
}
