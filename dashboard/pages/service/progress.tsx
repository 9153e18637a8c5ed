import type { Deployment, Step } from '@gantry/contract/schemas/deployments.ts';
import { Check, LoaderCircle, X } from 'lucide-react';
import { capital, DeploymentState } from '../../components/status.tsx';
import { Took } from '../../components/time.tsx';
import { currentSteps, hasShare } from '../../data/deployments.ts';

const marks = {
  running: <LoaderCircle size={15} className="animate-spin text-busy" />,
  succeeded: <Check size={15} className="text-good" />,
  failed: <X size={15} className="text-bad" />,
};

/** The steps of a deployment, live. */
export function Progress({ deployment }: { readonly deployment: Deployment }) {
  const steps = currentSteps(deployment);
  return (
    <div className="grid gap-1 px-4 py-3">
      <DeploymentState {...deployment} />
      <ol aria-label="Steps" className="mt-1 grid gap-px">
        {steps.map((step) => (
          <StepRow key={`${step.run} ${step.name}`} step={step} />
        ))}
      </ol>
      {hasShare(deployment) && (
        <p className="text-small text-soft">
          {`It has ${deployment.weight} % of the traffic${deployment.pausedAt === null ? '' : ', and is paused'}.`}
        </p>
      )}
      {deployment.waitsFor !== null && <p className="text-small text-busy">{deployment.waitsFor}</p>}
    </div>
  );
}

function StepRow({ step: { name, status, startedAt, endedAt, attempts } }: { readonly step: Step }) {
  return (
    <li className="flex min-h-7 items-center gap-2.5">
      <span aria-hidden="true">{marks[status]}</span>
      <span className="grow">
        {capital(name.replace('-', ' '))}
        <span className="sr-only">{`: ${status}`}</span>
        {attempts > 1 && <span className="text-soft">{` after ${attempts} attempts`}</span>}
      </span>
      <span className="text-small text-soft">
        <Took from={startedAt} to={endedAt} />
      </span>
    </li>
  );
}
