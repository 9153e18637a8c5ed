import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { DropZone } from '../../components/drop-zone.tsx';
import { FormError } from '../../components/field.tsx';
import type { Chosen } from '../../data/chosen.ts';
import { useDeploy } from '../../data/deploy.ts';
import { exampleApp } from '../../data/example-app.ts';
import { instanceParams, useService } from '../../data/place.ts';
import { sourceSummary } from '../../data/source.ts';
import { paths, slugsOf } from '../../paths.ts';

/** Deploys a service: the user's choice, or its repository or image as it is now. */
export default function DeployForm({ offersExample = false }: { readonly offersExample?: boolean }) {
  const place = useService();
  const { source, kind } = place.service;
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<Chosen>();
  const { doing, error, isPending, mutate } = useDeploy(
    ({ id }) => void navigate({ to: paths.deployment(slugsOf.service(place), id) }),
  );
  const target = instanceParams(place);
  const isUpload = source.kind === 'upload';
  return (
    <form
      className="grid w-full gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        mutate({ target, chosen });
      }}
    >
      {isUpload ? (
        <DropZone chosen={chosen} onChoose={setChosen} />
      ) : (
        <p className="rounded-md bg-sunken px-3 py-2 text-small break-all">{sourceSummary(source)}</p>
      )}
      <FormError error={error} />
      <div className="flex flex-wrap items-center justify-end gap-2">
        {offersExample && isUpload && kind === 'web' && chosen === undefined && (
          <Button look="quiet" disabled={isPending} onClick={() => mutate({ target, chosen: exampleApp() })}>
            Deploy an example app
          </Button>
        )}
        <Button type="submit" look="primary" busy={isPending} disabled={isUpload && chosen === undefined}>
          {doing ?? 'Deploy'}
        </Button>
      </div>
    </form>
  );
}
