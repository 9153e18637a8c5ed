import { Card, Fact, Facts } from '../../../components/card.tsx';
import { RenameForm } from '../../../components/rename-form.tsx';
import { capital } from '../../../components/status.tsx';
import { useAct } from '../../../data/act.ts';
import { instanceParams, useService } from '../../../data/place.ts';

/** The kind of a service, and its display name. */
export function General({ mayChange }: { readonly mayChange: boolean }) {
  const place = useService();
  const { service } = place;
  const rename = useAct('services.update', { quiet: true, done: 'The name is changed.', refetches: ['services.list'] });
  const { teamId, projectId, serviceId } = instanceParams(place);
  const params = { teamId, projectId, serviceId };
  return (
    <Card title="General">
      <Facts>
        <Fact name="Kind">{capital(service.kind)}</Fact>
        <Fact name="In addresses">
          <code className="font-mono text-small">{service.slug}</code>
        </Fact>
      </Facts>
      {mayChange && (
        <RenameForm
          name={service.name}
          busy={rename.isPending}
          error={rename.error}
          onRename={(name) => rename.mutate({ params, body: { name }, ifMatch: service.version })}
        />
      )}
    </Card>
  );
}
