import type { Timings as Figures } from '@gantry/contract/schemas/timings.ts';
import { useQuery } from '@tanstack/react-query';
import { Card } from '../../components/card.tsx';
import { capital } from '../../components/status.tsx';
import { durationText } from '../../components/time.tsx';
import { api } from '../../data/api.ts';
import { instanceParams, useService } from '../../data/place.ts';

/** The durations of the deployments of the last 30 days, by step. Nothing if none went live. */
export function Timings() {
  const place = useService();
  const { data } = useQuery(api('deployments.timings', { params: instanceParams(place), query: {} }));
  if (data === undefined || data.total.p50Ms === null) return null;
  const { total, ended, steps } = data;
  const longest = Math.max(1, ...steps.map(({ p90Ms }) => p90Ms ?? 0));
  return (
    <Card title="How long they take" actions={<span className="text-small text-soft">{endsText(ended)}</span>}>
      <p className="px-4 pt-3 text-soft">
        In the last 30 days, half of them were live within{' '}
        <strong className="font-semibold text-ink">{durationText(total.p50Ms ?? 0)}</strong>, nine of ten within{' '}
        <strong className="font-semibold text-ink">{durationText(total.p90Ms ?? 0)}</strong>.
      </p>
      <ul className="grid gap-1.5 px-4 py-3">
        {steps.map(({ name, p50Ms, p90Ms }) => (
          <li key={name} className="grid grid-cols-[7.5rem_minmax(0,1fr)_auto] items-center gap-3 text-small">
            <span className="truncate">{capital(name.replace('-', ' '))}</span>
            <span aria-hidden="true" className="relative h-1.5 rounded-full bg-sunken">
              <Bar ms={p90Ms} longest={longest} className="bg-line-strong" />
              <Bar ms={p50Ms} longest={longest} className="bg-accent" />
            </span>
            <span className="text-right text-soft tabular">
              {durationText(p50Ms ?? 0)} <span className="text-faint">to {durationText(p90Ms ?? 0)}</span>
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

interface BarProps {
  readonly ms: number | null;
  readonly longest: number;
  readonly className: string;
}

function Bar({ ms, longest, className }: BarProps) {
  return (
    <span
      className={`absolute inset-y-0 left-0 rounded-full ${className}`}
      style={{ width: `${(100 * (ms ?? 0)) / longest}%` }}
    />
  );
}

function endsText(ended: Figures['ended']): string {
  const words = [
    [ended.live, 'live'],
    [ended.failed, 'failed'],
    [ended.superseded, 'superseded'],
    [ended.cancelled, 'cancelled'],
  ] as const;
  return words
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(' · ');
}
