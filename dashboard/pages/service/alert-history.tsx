import { alertValueText } from '@gantry/contract/alert-rules.ts';
import type { Alert } from '@gantry/contract/schemas/alerts.ts';
import { useQuery } from '@tanstack/react-query';
import { Skeleton } from '../../components/skeleton.tsx';
import { AlertState } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import { alertParams } from '../../data/alerts.ts';
import { api } from '../../data/api.ts';
import { useService } from '../../data/place.ts';

/** The last changes of an alert's state. A page renders it anew when the state changes. */
export function AlertHistory({ alert }: { readonly alert: Alert }) {
  const params = { ...alertParams(useService()), alertId: alert.id };
  const { data } = useQuery({
    ...api('alerts.history', { params, query: { limit: '20' } }),
    refetchOnMount: 'always',
  });
  if (data === undefined) return <Skeleton className="mt-2 h-10" />;
  if (data.items.length === 0) return <p className="mt-2 text-small text-soft">Its state has never changed.</p>;
  return (
    <ol className="mt-2 grid gap-1 rounded-md bg-sunken px-3 py-2">
      {data.items.map(({ at, to, value }) => (
        <li key={at} className="grid grid-cols-[7rem_minmax(0,1fr)_auto] items-center gap-3 text-small">
          <AlertState state={to} />
          <span className="tabular">{value === null ? 'no data' : alertValueText(alert.metric, value)}</span>
          <span className="text-soft">
            <Ago at={at} />
          </span>
        </li>
      ))}
    </ol>
  );
}
