import { allows } from '@gantry/contract/roles.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { Button } from '../../components/button.tsx';
import { useAct } from '../../data/act.ts';
import { isInFlight } from '../../data/deployments.ts';
import { instanceParams, useService } from '../../data/place.ts';
import { RollbackButton } from './rollback.tsx';

/** What can be done with one deployment: cancel it, take it up again, or return to it. */
export function DeploymentActions({ deployment }: { readonly deployment: Deployment }) {
  const place = useService();
  const { role } = place;
  const params = { ...instanceParams(place), deploymentId: deployment.id };
  const refetches = ['deployments.get', 'deployments.list'] as const;
  const cancel = useAct('deployments.cancel', { done: 'The deployment is cancelled.', refetches });
  const redrive = useAct('deployments.redrive', { done: 'It goes on where it failed.', refetches });
  if (role === null) return null;
  return (
    <>
      {isInFlight(deployment) && allows(role, 'deployment.cancel') && (
        <Button look="danger" busy={cancel.isPending} onClick={() => cancel.mutate({ params })}>
          Cancel
        </Button>
      )}
      {deployment.status === 'failed' && allows(role, 'deployment.redrive') && (
        <Button busy={redrive.isPending} onClick={() => redrive.mutate({ params })}>
          Retry from the failed step
        </Button>
      )}
      {deployment.canRollBack && deployment.status !== 'live' && allows(role, 'deployment.rollback') && (
        <RollbackButton to={deployment} />
      )}
    </>
  );
}
