import type { VariableEvent } from '@gantry/contract/schemas/variables.ts';
import { useQuery } from '@tanstack/react-query';
import { Card } from '../../../components/card.tsx';
import { Ago } from '../../../components/time.tsx';
import { api, apiList } from '../../../data/api.ts';
import type { SetPlace } from '../../../data/variables.ts';

/** The changes of variables by name and actor, newest first. Nothing if there are none. */
export function History({ set: { params, query } }: { readonly set: SetPlace }) {
  const { data } = useQuery(api('variables.history', { params, query: { ...query, limit: '20' } }));
  const { data: members } = useQuery(apiList('members.list', { params: { teamId: params.teamId } }));
  if (data === undefined || data.items.length === 0) return null;
  const nameOf = (userId: string) => members?.find((each) => each.userId === userId)?.email ?? 'Somebody';
  return (
    <Card title="History">
      <ol className="divide-y divide-line">
        {data.items.map((event) => (
          <li key={event.version} className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-0.5 px-4 py-2">
            <span className="min-w-0">
              <Names event={event} />
            </span>
            <span className="text-small text-soft">
              {nameOf(event.by)} · <Ago at={event.at} />
            </span>
          </li>
        ))}
      </ol>
    </Card>
  );
}

function Names({ event: { set, unset } }: { readonly event: VariableEvent }) {
  return (
    <span className="text-small">
      {set.length > 0 && (
        <>
          Set <code className="font-mono break-all">{set.join(', ')}</code>
        </>
      )}
      {set.length > 0 && unset.length > 0 && '; '}
      {unset.length > 0 && (
        <>
          removed <code className="font-mono break-all">{unset.join(', ')}</code>
        </>
      )}
    </span>
  );
}
