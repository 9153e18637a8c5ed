import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { useAct } from '../../data/act.ts';
import { alertParams } from '../../data/alerts.ts';
import { useService } from '../../data/place.ts';
import { AlertForm } from './alert-form.tsx';

/** Creates an alert on the service in this environment. */
export function NewAlertButton({ look = 'primary' }: { readonly look?: 'primary' | 'secondary' }) {
  const place = useService();
  const [isOpen, setOpen] = useState(false);
  const create = useAct('alerts.create', {
    quiet: true,
    refetches: ['alerts.list'],
    done: ({ name }) => `Alert ${name} is created.`,
    onDone: () => setOpen(false),
  });
  const where = { serviceId: place.service.id, environmentId: place.environment.id };
  return (
    <>
      <Button look={look} onClick={() => setOpen(true)}>
        <Plus aria-hidden="true" size={14} />
        New alert
      </Button>
      <Dialog
        title="New alert"
        description={`The alert watches ${place.service.name} in ${place.environment.name}, once a minute.`}
        open={isOpen}
        onClose={() => setOpen(false)}
      >
        <AlertForm
          action="Create alert"
          busy={create.isPending}
          error={create.error}
          onSend={(rule) => create.mutate({ params: alertParams(place), body: { ...rule, ...where } })}
        />
      </Dialog>
    </>
  );
}
