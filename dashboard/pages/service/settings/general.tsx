import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Card, Fact, Facts } from '../../../components/card.tsx';
import { Field, FormError } from '../../../components/field.tsx';
import { useAct } from '../../../data/act.ts';
import { instanceParams, useService } from '../../../data/place.ts';

/** What a service is, and its name for people. */
export function General({ mayChange }: { readonly mayChange: boolean }) {
  const place = useService();
  const { service } = place;
  const [name, setName] = useState(service.name);
  const rename = useAct('services.update', { quiet: true, done: 'The name is changed.', refetches: ['services.list'] });
  const { teamId, projectId, serviceId } = instanceParams(place);
  return (
    <Card title="General">
      <Facts>
        <Fact name="Kind">{service.kind}</Fact>
        <Fact name="In addresses">
          <code className="font-mono text-small">{service.slug}</code>
        </Fact>
      </Facts>
      {mayChange && (
        <form
          className="flex flex-wrap items-end gap-3 border-t border-line px-4 py-3"
          onSubmit={(event) => {
            event.preventDefault();
            const body = { name: name.trim() };
            rename.mutate({ params: { teamId, projectId, serviceId }, body, ifMatch: service.version });
          }}
        >
          <Field
            label="Name"
            className="grow basis-56"
            required
            maxLength={80}
            value={name}
            onChange={(event) => setName(event.target.value)}
            error={rename.error}
            field="body.name"
          />
          <Button type="submit" busy={rename.isPending} disabled={name.trim() === '' || name.trim() === service.name}>
            Rename
          </Button>
          <FormError error={rename.error} fields={['body.name']} />
        </form>
      )}
    </Card>
  );
}
