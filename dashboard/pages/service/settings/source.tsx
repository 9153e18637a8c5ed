import type { ServiceSource } from '@gantry/contract/schemas/source.ts';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Card, Fact, Facts } from '../../../components/card.tsx';
import { FormError } from '../../../components/field.tsx';
import { SourceFields } from '../../../components/source-fields.tsx';
import { useAct } from '../../../data/act.ts';
import { instanceParams, useService } from '../../../data/place.ts';
import { draftOf, sourceOf, sourceSummary } from '../../../data/source.ts';
import { Credential } from './credential.tsx';

/** The source of a service. */
export function Source({ mayChange }: { readonly mayChange: boolean }) {
  const { service } = useService();
  return (
    <Card title="Source">
      {mayChange ? (
        <SourceForm key={service.version} source={service.source} />
      ) : (
        <Facts>
          <Fact name="From">{sourceSummary(service.source)}</Fact>
        </Facts>
      )}
      {mayChange && service.source.kind === 'git' && <Credential />}
    </Card>
  );
}

function SourceForm({ source }: { readonly source: ServiceSource }) {
  const place = useService();
  const [draft, setDraft] = useState(() => draftOf(source));
  const save = useAct('services.update', {
    quiet: true,
    done: 'Saved. The next deployment uses this source.',
    refetches: ['services.list'],
  });
  const { teamId, projectId, serviceId } = instanceParams(place);
  const isSame = JSON.stringify(sourceOf(draft)) === JSON.stringify(source);
  return (
    <form
      className="grid gap-4 px-4 py-4"
      onSubmit={(event) => {
        event.preventDefault();
        const body = { source: sourceOf(draft) };
        save.mutate({ params: { teamId, projectId, serviceId }, body, ifMatch: place.service.version });
      }}
    >
      <SourceFields draft={draft} onChange={setDraft} />
      <FormError error={save.error} />
      <div className="flex justify-end">
        <Button type="submit" look="primary" disabled={isSame} busy={save.isPending}>
          Save
        </Button>
      </div>
    </form>
  );
}
