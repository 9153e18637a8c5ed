import { allows } from '@gantry/contract/roles.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { InstanceHealth } from '@gantry/contract/schemas/health.ts';
import { Power, RefreshCw } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Confirm } from '../../components/confirm.tsx';
import { ConfirmButton } from '../../components/confirm-button.tsx';
import { useAct } from '../../data/act.ts';
import { instanceParams, useService } from '../../data/place.ts';
import { DeployButton } from './deploy-button.tsx';
import { PromoteButton } from './promote-button.tsx';
import { RollbackButton } from './rollback.tsx';

interface ServiceActionsProps {
  readonly deployments: readonly Deployment[];
  readonly health: InstanceHealth;
}

/** The actions on a deployed service: deploy, roll back, redeploy, stop and start. */
export function ServiceActions({ deployments, health }: ServiceActionsProps) {
  const place = useService();
  const { role } = place;
  const params = instanceParams(place);
  const live = deployments.find(({ status }) => status === 'live');
  const previous = deployments.find(({ canRollBack, status }) => canRollBack && status !== 'live');
  const refetches = ['deployments.list', 'deployments.health'] as const;
  const redeploy = useAct('deployments.redeploy', {
    quiet: true,
    done: 'A new deployment of the live image has begun.',
    refetches,
  });
  const start = useAct('deployments.start', { done: 'The service is starting.', refetches });
  if (role === null || deployments.length === 0 || !allows(role, 'deployment.create')) return null;
  if (live === undefined) return <DeployButton />;
  return (
    <>
      {previous !== undefined && <RollbackButton to={previous} />}
      {health.stopped === null ? (
        <>
          <ConfirmButton
            label="Redeploy"
            icon={<RefreshCw aria-hidden="true" size={14} />}
            title={`Redeploy ${place.service.name}?`}
            warning="Deploys the live image with the present settings and variables, without a build. It gets the traffic when it is healthy."
            busy={redeploy.isPending}
            error={redeploy.error}
            onConfirm={(close) => redeploy.mutate({ params }, { onSuccess: close })}
          />
          <PromoteButton />
          <StopButton />
          <DeployButton />
        </>
      ) : (
        <Button look="primary" busy={start.isPending} onClick={() => start.mutate({ params })}>
          <Power aria-hidden="true" size={14} />
          Start
        </Button>
      )}
    </>
  );
}

function StopButton() {
  const place = useService();
  const { service, environment } = place;
  const [isOpen, setOpen] = useState(false);
  const stop = useAct('deployments.stop', {
    quiet: true,
    done: `${service.name} is stopped.`,
    refetches: ['deployments.list', 'deployments.health'],
    onDone: () => setOpen(false),
  });
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <Power aria-hidden="true" size={14} />
        Stop
      </Button>
      <Confirm
        title={`Stop ${service.name} in ${environment.name}?`}
        warning="It does not run until you start or deploy it again. Its release, its address and its variables stay."
        action="Stop"
        open={isOpen}
        busy={stop.isPending}
        error={stop.error}
        onConfirm={() => stop.mutate({ params: instanceParams(place) })}
        onClose={() => setOpen(false)}
      />
    </>
  );
}
