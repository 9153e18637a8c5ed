import { allows } from '@gantry/contract/roles.ts';
import type { Database } from '@gantry/contract/schemas/databases.ts';
import { Button } from '../../../components/button.tsx';
import { Ago } from '../../../components/time.tsx';
import { useAct } from '../../../data/act.ts';
import { databaseParams, useDatabase } from '../../../data/databases.ts';

/** How the last restore drill of a database ended, and how often there is one. */
export function Drills({ database: { drill, drillDays, status } }: { readonly database: Database }) {
  const place = useDatabase();
  const start = useAct('databases.drill', {
    done: 'A restore is being tried. The result shows here.',
    refetches: ['databases.list'],
  });
  const mayDrill = place.role !== null && allows(place.role, 'database.update') && status === 'ready';
  const pace = drillDays === 1 ? 'every day' : `every ${drillDays} days`;
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 border-b border-line px-4 py-3">
      <p>
        {drill === null ? (
          'No restore was tried yet.'
        ) : (
          <>
            {drill.reason === null
              ? `A restore took ${drill.seconds} s and had ${drill.tables} tables, `
              : `A restore failed: ${drill.reason} That was `}
            <Ago at={drill.at} />.
          </>
        )}{' '}
        <span className="text-soft">{drillDays === null ? 'None is planned.' : `One is tried ${pace}.`}</span>
      </p>
      {mayDrill && (
        <Button busy={start.isPending} onClick={() => start.mutate({ params: databaseParams(place) })}>
          Try a restore
        </Button>
      )}
    </div>
  );
}
