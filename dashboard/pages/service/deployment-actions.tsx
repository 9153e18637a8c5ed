import { allows } from '@gantry/contract/roles.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { ConfirmButton } from '../../components/confirm-button.tsx';
import { useAct } from '../../data/act.ts';
import { currentSteps, isInFlight } from '../../data/deployments.ts';
import { instanceParams, useService } from '../../data/place.ts';
import { RollbackButton } from './rollback.tsx';

/** The actions on one deployment: cancel, retry, roll back to it. */
export function DeploymentActions({ deployment }: { readonly deployment: Deployment }) {
  const { role } = useService();
  if (role === null) return null;
  return (
    <>
      {isInFlight(deployment) && allows(role, 'deployment.cancel') && <CancelButton deployment={deployment} />}
      {deployment.status === 'failed' && allows(role, 'deployment.redrive') && <RetryButton deployment={deployment} />}
      {deployment.canRollBack && deployment.status !== 'live' && allows(role, 'deployment.rollback') && (
        <RollbackButton to={deployment} />
      )}
    </>
  );
}

const refetches = ['deployments.get', 'deployments.list'] as const;

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
