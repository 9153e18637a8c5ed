import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Card } from '../../components/card.tsx';
import { Empty } from '../../components/empty.tsx';
import { Page } from '../../components/page.tsx';
import { Select } from '../../components/select.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { capital } from '../../components/status.tsx';
import { api } from '../../data/api.ts';
import { changedSettings, releaseQuery } from '../../data/compare.ts';
import { compareSearch } from '../../data/compare-search.ts';
import { sourceText } from '../../data/deployments.ts';
import { instanceParams, useService } from '../../data/place.ts';
import { ChangedVariables } from './compare/changed-variables.tsx';
import { Code } from './compare/code.tsx';
import { SettingChanges } from './setting-changes.tsx';

/** Whether a deployment was live earlier. The newest of these is the default to compare with. */
const wasLive = ({ status, canRollBack }: Deployment) => canRollBack || status === 'removed';

/** Compares two deployments: by default the live one with the one before it. */
export function View() {
  const place = useService();
  const { data } = useSuspenseQuery(api('deployments.list', { params: instanceParams(place) }));
  const search = compareSearch(useSearch({ strict: false }));
  const navigate = useNavigate();
  const live = data.items.find(({ status }) => status === 'live');
  const to = data.items.find(({ id }) => id === search.to) ?? live ?? data.items[0];
  const others = data.items.filter(({ id }) => id !== to?.id);
  const from = data.items.find(({ id }) => id === search.from) ?? others.find(wasLive) ?? others[0];
  const options = data.items.map(
    (deployment) =>
      [deployment.id, `${shortId(deployment.id)} · ${capital(deployment.status)} · ${sourceText(deployment)}`] as const,
  );
  const choose = (side: 'from' | 'to') => (id: string) =>
    void navigate({ to: '.', search: { from: from?.id ?? '', to: to?.id ?? '', [side]: id }, replace: true });
  return (
    <Page title={`Compare · ${place.service.name}`} heading="Compare deployments">
      {from === undefined || to === undefined ? (
        <Card>
          <Empty title="Fewer than two deployments yet">After a second deployment you can compare both.</Empty>
        </Card>
      ) : (
        <>
          <div className="grid gap-3 sm:grid-cols-2">
            <Select label="From" value={from.id} options={options} onChange={choose('from')} />
            <Select label="To" value={to.id} options={options} onChange={choose('to')} />
          </div>
          <Code from={from} to={to} all={data.items} />
          <ChangedVariables from={from} to={to} />
          <ChangedSettings from={from} to={to} />
        </>
      )}
    </Page>
  );
}

function ChangedSettings({ from, to }: { readonly from: Deployment; readonly to: Deployment }) {
  const params = instanceParams(useService());
  const [before, after] = [useQuery(releaseQuery(params, from.id)), useQuery(releaseQuery(params, to.id))];
  const none = before.error ?? after.error;
  return (
    <Card title="Settings">
      <div className="px-4 py-3">
        {none !== null ? (
          <p className="text-soft">{none.message}</p>
        ) : before.data === undefined || after.data === undefined ? (
          <Skeleton className="h-5 w-48" />
        ) : (
          <Changes of={changedSettings(before.data, after.data)} />
        )}
      </div>
    </Card>
  );
}

function Changes({ of: changes }: { readonly of: ReturnType<typeof changedSettings> }) {
  return changes.length === 0 ? <p className="text-soft">No setting changed.</p> : <SettingChanges changes={changes} />;
}
