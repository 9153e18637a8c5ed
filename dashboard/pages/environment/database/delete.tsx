import { useNavigate } from '@tanstack/react-router';
import { DeleteCard } from '../../../components/delete-card.tsx';
import { useAct } from '../../../data/act.ts';
import { databaseParams, useDatabase } from '../../../data/databases.ts';
import { paths, slugsOf } from '../../../paths.ts';

export function DeleteDatabase() {
  const place = useDatabase();
  const { database, environment } = place;
  const navigate = useNavigate();
  const remove = useAct('databases.delete', {
    quiet: true,
    done: `${database.name} is being deleted, after a last backup.`,
    refetches: ['databases.list', 'databases.get'],
    onDone: () => void navigate({ to: paths.databases(slugsOf.environment(place)) }),
  });
  return (
    <DeleteCard
      noun="database"
      name={`${database.name} of ${environment.name}`}
      typed={database.slug}
      about="Deletes the database with all its data, after a last backup. No variable and no live release may use it."
      warning="The database goes with all its data. A last backup stays, which you can restore on the page Databases."
      busy={remove.isPending}
      error={remove.error}
      onDelete={() => remove.mutate({ params: databaseParams(place), query: { confirm: database.slug } })}
    />
  );
}
