import { useQuery } from '@tanstack/react-query';
import { ArrowUpFromLine } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Confirm } from '../../components/confirm.tsx';
import { Select } from '../../components/select.tsx';
import { useAct } from '../../data/act.ts';
import { api, apiList } from '../../data/api.ts';
import { instanceParams, useService } from '../../data/place.ts';

/** Releases the live image of this environment in another one. Nothing in a project with a single environment. */
export function PromoteButton() {
  const place = useService();
  const { environment, service } = place;
  const params = instanceParams(place);
  const { teamId, projectId } = params;
  const { data: all } = useQuery(apiList('environments.list', { params: { teamId, projectId } }));
  const { data: deployments } = useQuery(api('deployments.list', { params }));
  const others = (all ?? []).filter(({ id }) => id !== environment.id);
  const [isOpen, setOpen] = useState(false);
  const [chosen, setChosen] = useState<string>();
  const to = others.find(({ id }) => id === chosen) ?? others[0];
  const promote = useAct('deployments.promote', {
    quiet: true,
    done: `${service.name} is on its way to ${to?.name ?? ''}.`,
    refetches: ['deployments.list'],
    onDone: () => setOpen(false),
  });
  const live = deployments?.items.find(({ status }) => status === 'live');
  if (to === undefined || live === undefined) return null;
  const { imageDigest } = live;
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <ArrowUpFromLine aria-hidden="true" size={14} />
        Promote
      </Button>
      <Confirm
        title={`Promote ${service.name} from ${environment.name}?`}
        warning="Releases the live image in the other environment, without a build, with the variables of that environment."
        action={`Promote to ${to.name}`}
        look="primary"
        open={isOpen}
        busy={promote.isPending}
        error={promote.error}
        onConfirm={() =>
          promote.mutate({
            params: { ...params, environmentId: to.id },
            body: { environmentId: environment.id, ...(imageDigest !== null && { imageDigest }) },
          })
        }
        onClose={() => setOpen(false)}
      >
        <Select
          label="To"
          value={to.id}
          onChange={setChosen}
          options={others.map(({ id, name }) => [id, name] as const)}
        />
      </Confirm>
    </>
  );
}
