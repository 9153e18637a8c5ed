import type { Backup } from '@gantry/contract/schemas/backups.ts';
import type { DatabaseDetails } from '@gantry/contract/schemas/databases.ts';
import { exactText } from '../../../data/moments.ts';

interface TimelineProps {
  readonly restorable: NonNullable<DatabaseDetails['restorable']>;
  readonly backups: readonly Backup[];
}

/** The moments that can be restored as a bar, and each backup as a mark. The list below says the same in words. */
export function Timeline({ restorable, backups }: TimelineProps) {
  const ready = backups.filter(({ status }) => status === 'ready');
  const [earliest, latest] = [Date.parse(restorable.earliest), Date.parse(restorable.latest)];
  const times = ready.map(({ createdAt }) => Date.parse(createdAt));
  const begin = Math.min(earliest, ...times);
  const end = Math.max(latest, ...times, begin + 1);
  const place = (time: number) => `${(100 * (time - begin)) / (end - begin)}%`;
  return (
    <div aria-hidden="true" className="grid gap-1">
      <div className="relative mx-1.5 h-4">
        <div className="absolute inset-x-0 top-1.5 h-1 rounded-full bg-line" />
        <div
          className="absolute top-1 h-2 rounded-full border border-good/40 bg-good-soft"
          style={{ left: place(earliest), right: `calc(100% - ${place(latest)})` }}
        />
        {ready.map(({ id, createdAt }) => (
          <span
            key={id}
            title={`Backup of ${exactText(createdAt)}`}
            className="absolute top-0.5 size-3 -translate-x-1/2 rounded-full border-2 border-surface bg-soft"
            style={{ left: place(Date.parse(createdAt)) }}
          />
        ))}
      </div>
      <div className="flex justify-between gap-3 text-tiny text-faint tabular">
        <span>{exactText(new Date(begin).toISOString())}</span>
        <span>{exactText(new Date(end).toISOString())}</span>
      </div>
    </div>
  );
}
