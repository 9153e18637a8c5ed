import { allows } from '@gantry/contract/roles.ts';
import type { DatabaseDetails } from '@gantry/contract/schemas/databases.ts';
import { useQuery } from '@tanstack/react-query';
import { Archive } from 'lucide-react';
import { Button } from '../../../components/button.tsx';
import { Card } from '../../../components/card.tsx';
import { Command } from '../../../components/command.tsx';
import { Skeleton } from '../../../components/skeleton.tsx';
import { Ago } from '../../../components/time.tsx';
import { useAct } from '../../../data/act.ts';
import { backupsQuery } from '../../../data/backups.ts';
import { databaseParams, environmentParams, useDatabase } from '../../../data/databases.ts';
import { BackupRows } from './backup-rows.tsx';
import { Drills } from './drills.tsx';
import { Timeline } from './timeline.tsx';

/** What can be restored of a database: its moments and its backups, on a time line and as a list. */
export function Backups({ database }: { readonly database: DatabaseDetails }) {
  const place = useDatabase();
  const { data } = useQuery(backupsQuery(environmentParams(place)));
  const backups = data?.filter(({ databaseId }) => databaseId === database.id);
  const { restorable, backupDays, slug, name, status } = database;
  const mayBackUp = place.role !== null && allows(place.role, 'backup.create') && status === 'ready';
  return (
    <Card title="Backups" actions={mayBackUp && <BackUpButton />}>
      <Drills database={database} />
      {restorable !== null && (
        <div className="grid gap-3 border-b border-line px-4 py-3">
          <p>
            Any moment can be restored, from <Ago at={restorable.earliest} /> to <Ago at={restorable.latest} />.{' '}
            <span className="text-soft">{`Each is kept for ${backupDays} ${backupDays === 1 ? 'day' : 'days'}.`}</span>
          </p>
          <Timeline restorable={restorable} backups={backups ?? []} />
        </div>
      )}
      {backups === undefined ? (
        <Skeleton className="mx-4 my-3 h-8" />
      ) : backups.length > 0 ? (
        <BackupRows backups={backups} name={name} />
      ) : (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3 text-soft">
          <p>No backup yet. A backup stays until somebody deletes it, also when the database goes.</p>
          {mayBackUp && <Command>{`gantry db backup ${slug}`}</Command>}
        </div>
      )}
    </Card>
  );
}

function BackUpButton() {
  const place = useDatabase();
  const create = useAct('backups.create', { done: 'A backup is being made.', refetches: ['backups.list'] });
  return (
    <Button busy={create.isPending} onClick={() => create.mutate({ params: databaseParams(place) })}>
      <Archive aria-hidden="true" size={14} />
      Back up now
    </Button>
  );
}
