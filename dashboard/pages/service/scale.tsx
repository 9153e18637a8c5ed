import type { Service } from '@gantry/contract/schemas/services.ts';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field, FormError } from '../../components/field.tsx';
import { Select } from '../../components/select.tsx';
import { useAct } from '../../data/act.ts';
import { instanceParams, useService } from '../../data/place.ts';

type Size = Service['scaling']['size'];

const sizes = [
  ['small', 'Small: 1 vCPU and 512 MiB'],
  ['medium', 'Medium: 2 vCPU and 2 GiB'],
  ['large', 'Large: 4 vCPU and 8 GiB'],
] as const satisfies readonly (readonly [Size, string])[];

/** Changes the number and the size of replicas, and deploys the change. */
export function ScaleButton() {
  const { environment } = useService();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>Scale</Button>
      <Dialog
        title="Scale"
        description={`The live release in ${environment.name} is deployed again at once, without a build. Other environments change with their next deployment.`}
        open={isOpen}
        onClose={() => setOpen(false)}
      >
        <ScaleForm onDone={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function ScaleForm({ onDone }: { readonly onDone: () => void }) {
  const place = useService();
  const { scaling, version } = place.service;
  const [min, setMin] = useState(String(scaling.minReplicas));
  const [max, setMax] = useState(String(scaling.maxReplicas));
  const [size, setSize] = useState<Size>(scaling.size);
  const { teamId, projectId, serviceId, environmentId } = instanceParams(place);
  const redeploy = useAct('deployments.redeploy', {
    quiet: true,
    done: 'A new deployment applies it.',
    refetches: ['deployments.list'],
    onDone,
  });
  const update = useAct('services.update', {
    quiet: true,
    refetches: ['services.list'],
    onDone: () => redeploy.mutate({ params: { teamId, projectId, serviceId, environmentId } }),
  });
  const error = update.error ?? redeploy.error;
  const fields = ['body.scaling.minReplicas', 'body.scaling.maxReplicas'];
  const body = { scaling: { minReplicas: Number(min), maxReplicas: Number(max), size } };
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        update.mutate({ params: { teamId, projectId, serviceId }, body, ifMatch: version });
      }}
    >
      <div className="grid grid-cols-2 gap-3">
        <Field
          label="Replicas, at least"
          inputMode="numeric"
          value={min}
          onChange={(event) => setMin(event.target.value)}
          error={error}
          field="body.scaling.minReplicas"
        />
        <Field
          label="At most, under load"
          inputMode="numeric"
          value={max}
          onChange={(event) => setMax(event.target.value)}
          error={error}
          field="body.scaling.maxReplicas"
        />
      </div>
      <Select label="Size of each" value={size} options={sizes} onChange={(value) => setSize(value as Size)} />
      <FormError error={error} fields={fields} />
      <div className="flex justify-end">
        <Button type="submit" look="primary" busy={update.isPending || redeploy.isPending}>
          Scale and deploy
        </Button>
      </div>
    </form>
  );
}
