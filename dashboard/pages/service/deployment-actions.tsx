import { allows } from '@gantry/contract/roles.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { Pause, Play, StepForward } from 'lucide-react';
import { Button } from '../../components/button.tsx';
import { ConfirmButton } from '../../components/confirm-button.tsx';
import { useAct } from '../../data/act.ts';
import { currentSteps, hasShare, isInFlight } from '../../data/deployments.ts';
import { instanceParams, useService } from '../../data/place.ts';
import { RollbackButton } from './rollback.tsx';

/** The actions on one deployment: steer its shares, cancel, retry, roll back to it. */
export function DeploymentActions({ deployment }: { readonly deployment: Deployment }) {
  const { role } = useService();
  if (role === null) return null;
  return (
    <>
      {hasShare(deployment) && allows(role, 'deployment.control') && <ShareButtons deployment={deployment} />}
      {isInFlight(deployment) && allows(role, 'deployment.cancel') && <CancelButton deployment={deployment} />}
      {deployment.status === 'failed' && allows(role, 'deployment.redrive') && <RetryButton deployment={deployment} />}
      {deployment.canRollBack && deployment.status !== 'live' && allows(role, 'deployment.rollback') && (
        <RollbackButton to={deployment} />
      )}
    </>
  );
}

const refetches = ['deployments.get', 'deployments.list'] as const;

function ShareButtons({ deployment: { id, weight, pausedAt } }: { readonly deployment: Deployment }) {
  const params = { ...instanceParams(useService()), deploymentId: id };
  const pause = useAct('deployments.pause', { done: `The release keeps ${weight} % of the traffic.`, refetches });
  const resume = useAct('deployments.resume', { done: 'The deployment goes on within a minute.', refetches });
  const advance = useAct('deployments.advance', {
    quiet: true,
    done: 'The release gets its next share within a minute.',
    refetches,
  });
  return (
    <>
      {pausedAt === null ? (
        <Button busy={pause.isPending} onClick={() => pause.mutate({ params })}>
          <Pause aria-hidden="true" size={14} />
          Pause
        </Button>
      ) : (
        <Button look="primary" busy={resume.isPending} onClick={() => resume.mutate({ params })}>
          <Play aria-hidden="true" size={14} />
          Resume
        </Button>
      )}
      <ConfirmButton
        label="Next share"
        icon={<StepForward aria-hidden="true" size={14} />}
        title={`Give ${shortId(id)} its next share?`}
        warning="It does not wait for its bake time, nor for a verdict. If it turns out bad, it still loses its traffic."
        busy={advance.isPending}
        error={advance.error}
        onConfirm={(close) => advance.mutate({ params }, { onSuccess: close })}
      />
    </>
  );
}

function CancelButton({ deployment: { id } }: { readonly deployment: Deployment }) {
  const params = { ...instanceParams(useService()), deploymentId: id };
  const cancel = useAct('deployments.cancel', { quiet: true, done: 'The deployment is cancelled.', refetches });
  return (
    <ConfirmButton
      label="Cancel deployment"
      look="danger"
      title={`Cancel ${shortId(id)}?`}
      warning="The deployment stops where it is. The live release stays live."
      busy={cancel.isPending}
      error={cancel.error}
      onConfirm={(close) => cancel.mutate({ params }, { onSuccess: close })}
    />
  );
}

function RetryButton({ deployment }: { readonly deployment: Deployment }) {
  const params = { ...instanceParams(useService()), deploymentId: deployment.id };
  const redrive = useAct('deployments.redrive', {
    quiet: true,
    done: 'The deployment continues at the failed step.',
    refetches,
  });
  const failed = currentSteps(deployment).find(({ status }) => status === 'failed')?.name ?? 'the failed step';
  return (
    <ConfirmButton
      label="Retry"
      title={`Retry ${shortId(deployment.id)}?`}
      warning={`It continues at ${failed.replace('-', ' ')}, with the results of the earlier steps.`}
      busy={redrive.isPending}
      error={redrive.error}
      onConfirm={(close) => redrive.mutate({ params }, { onSuccess: close })}
    />
  );
}
