import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Card } from '../../../components/card.tsx';
import { Confirm } from '../../../components/confirm.tsx';
import { useAct } from '../../../data/act.ts';
import { instanceParams, useService } from '../../../data/place.ts';
import { paths, slugsOf } from '../../../paths.ts';

export function DeleteService() {
  const place = useService();
  const { service, project } = place;
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  const remove = useAct('services.delete', {
    quiet: true,
    done: `${service.name} is being deleted.`,
    refetches: ['services.list'],
    onDone: () => void navigate({ to: paths.environment(slugsOf.environment(place)) }),
  });
  const { teamId, projectId, serviceId } = instanceParams(place);
  return (
    <Card title="Delete">
      <div className="flex flex-wrap items-center justify-between gap-3 px-4 py-3">
        <p className="min-w-0 text-soft">
          Deletes the service in all environments, with its releases and its variables.
        </p>
        <Button look="danger" onClick={() => setOpen(true)}>
          Delete service
        </Button>
      </div>
      <Confirm
        title={`Delete ${service.name}?`}
        warning={`It stops at once in every environment of ${project.name}. Nothing brings it back.`}
        action="Delete service"
        name={service.slug}
        open={isOpen}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate({ params: { teamId, projectId, serviceId } })}
        onClose={() => setOpen(false)}
      />
    </Card>
  );
}
