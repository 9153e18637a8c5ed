import type { Service } from '@gantry/contract/schemas/services.ts';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { DropZone } from '../../components/drop-zone.tsx';
import { Field } from '../../components/field.tsx';
import { NamedForm } from '../../components/named-form.tsx';
import { Select } from '../../components/select.tsx';
import { SourceFields } from '../../components/source-fields.tsx';
import { toast } from '../../components/toast.tsx';
import { useAct } from '../../data/act.ts';
import { queryClient } from '../../data/api.ts';
import type { Chosen } from '../../data/chosen.ts';
import { deploy } from '../../data/deploy.ts';
import { type EnvironmentPlace, instanceParams, servicesQuery } from '../../data/place.ts';
import { draftOf, type SourceDraft, sourceOf } from '../../data/source.ts';
import { paths, slugsOf } from '../../paths.ts';
import { GithubHint } from './github-hint.tsx';

const kindTexts: Readonly<Record<Service['kind'], string>> = {
  web: 'Web: answers HTTP at an address',
  worker: 'Worker: runs without an address',
  cron: 'Cron: runs at times',
};

export default function NewServiceForm({ place }: { readonly place: EnvironmentPlace }) {
  const { team, project } = place;
  const [kind, setKind] = useState<Service['kind']>('web');
  const [schedule, setSchedule] = useState('@daily');
  const [draft, setDraft] = useState<SourceDraft>(() => draftOf({ kind: 'upload' }));
  const [chosen, setChosen] = useState<Chosen>();
  const [doing, setDoing] = useState<string>();
  const isUpload = draft.kind === 'upload';
  const goTo = useGoTo(place);
  const create = useAct('services.create', {
    quiet: true,
    async onDone(service) {
      await queryClient.refetchQueries({ queryKey: servicesQuery(team.id, project.id).queryKey });
      await goTo(service, !isUpload || chosen !== undefined, chosen, setDoing);
    },
  });
  const params = { teamId: team.id, projectId: project.id };
  const more = { kind, source: sourceOf(draft), ...(kind === 'cron' && { schedule }) };
  return (
    <NamedForm
      noun="service"
      placeholder="web"
      busy={create.isPending || doing !== undefined}
      error={create.error}
      fields={['body.schedule']}
      action={doing ?? (isUpload && chosen === undefined ? 'Create service' : 'Create and deploy')}
      onCreate={(named) => create.mutate({ params, body: { ...named, ...more } })}
    >
      <Select
        label="Kind"
        value={kind}
        options={Object.entries(kindTexts)}
        onChange={(value) => setKind(value as Service['kind'])}
      />
      {kind === 'cron' && (
        <Field
          label="Schedule"
          required
          value={schedule}
          onChange={(event) => setSchedule(event.target.value)}
          hint="Minute, hour, day, month, weekday in UTC: 0 9 * * MON-FRI, or @daily."
          error={create.error}
          field="body.schedule"
        />
      )}
      <SourceFields draft={draft} onChange={setDraft} />
      {draft.kind === 'github' && <GithubHint team={team} />}
      {isUpload && <DropZone chosen={chosen} onChoose={setChosen} />}
    </NamedForm>
  );
}

/** Deploys the new service if there is something to deploy, and shows it. The service stays if its first deployment fails. */
function useGoTo(place: EnvironmentPlace) {
  const navigate = useNavigate();
  return async (service: Service, deploys: boolean, chosen: Chosen | undefined, tell: (doing?: string) => void) => {
    const at = { ...place, service };
    try {
      if (!deploys) return await navigate({ to: paths.service(slugsOf.service(at)) });
      const { id } = await deploy(instanceParams(at), chosen, tell);
      return await navigate({ to: paths.deployment(slugsOf.service(at), id) });
    } catch (error) {
      toast.error(error);
      return navigate({ to: paths.service(slugsOf.service(at)) });
    } finally {
      tell();
    }
  };
}
