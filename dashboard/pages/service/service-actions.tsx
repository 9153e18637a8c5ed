import { allows } from '@gantry/contract/roles.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { InstanceHealth } from '@gantry/contract/schemas/health.ts';
import { Power, RefreshCw } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Confirm } from '../../components/confirm.tsx';
import { useAct } from '../../data/act.ts';
import { instanceParams, useService } from '../../data/place.ts';
import { RollbackButton } from './rollback.tsx';

interface ServiceActionsProps {
  readonly deployments: readonly Deployment[];
  readonly health: InstanceHealth;
}

/** What can be done with what is live: roll back, restart, stop and start. */
export function ServiceActions({ deployments, health }: ServiceActionsProps) {
  const place = useService();
  const { role } = place;
  const params = instanceParams(place);
  const live = deployments.find(({ status }) => status === 'live');
  const previous = deployments.find(({ canRollBack, status }) => canRollBack && status !== 'live');
  const refetches = ['deployments.list', 'deployments.health'] as const;
  const redeploy = useAct('deployments.redeploy', { done: 'A new deployment brings the live image.', refetches });
  const start = useAct('deployments.start', { done: 'It starts.', refetches });
  if (live === undefined || role === null || !allows(role, 'deployment.create')) return null;
  return (
    <>
      {previous !== undefined && <RollbackButton to={previous} />}
      {health.stopped === null ? (
        <>
          <Button
            busy={redeploy.isPending}
            title="Releases the live image again, with the settings and variables as they are now"
            onClick={() => redeploy.mutate({ params })}
          >
            <RefreshCw aria-hidden="true" size={14} />
            Redeploy
          </Button>
          <StopButton />
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
        warning="Nothing of it runs until it is started or deployed again. Its release, its address and its variables stay."
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
