import { allows } from '@gantry/contract/roles.ts';
import type { Database } from '@gantry/contract/schemas/databases.ts';
import { useSuspenseQueries } from '@tanstack/react-query';
import { Card } from '../../components/card.tsx';
import { Empty } from '../../components/empty.tsx';
import { Page } from '../../components/page.tsx';
import { StateRow } from '../../components/state-row.tsx';
import { DatabaseState } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import { backupsQuery } from '../../data/backups.ts';
import { databasesQuery, engineText, environmentParams } from '../../data/databases.ts';
import { useEnvironment } from '../../data/place.ts';
import { type EnvironmentSlugs, paths, slugsOf } from '../../paths.ts';
import { BackupRows } from './database/backup-rows.tsx';
import { NewDatabaseButton } from './new-database.tsx';

/** The databases of an environment, and the backups of deleted ones. */
export function View() {
  const place = useEnvironment();
  const { project, environment, role } = place;
  const params = environmentParams(place);
  const [{ data: databases }, { data: backups }] = useSuspenseQueries({
    queries: [databasesQuery(params), backupsQuery(params)],
  });
  const orphans = backups.filter(({ databaseId }) => databases.every(({ id }) => id !== databaseId));
  const create = role !== null && allows(role, 'database.create') && <NewDatabaseButton place={place} />;
  return (
    <Page
      title={`Databases · ${project.name} · ${environment.name}`}
      heading="Databases"
      actions={databases.length > 0 && create}
    >
      <Card>
        {databases.length === 0 ? (
          <Empty title="No database yet" action={create} command={create ? 'gantry db create postgres' : undefined}>
            A database belongs to one environment. Services get its address by a reference in their variables, and
            nobody sees its password.
          </Empty>
        ) : (
          <ul className="divide-y divide-line">
            {databases.map((database) => (
              <Row key={database.id} database={database} slugs={slugsOf.environment(place)} />
            ))}
          </ul>
        )}
      </Card>
      {orphans.length > 0 && (
        <Card title="Backups of deleted databases">
          <BackupRows backups={orphans} />
        </Card>
      )}
    </Page>
  );
}

function Row({ database, slugs }: { readonly database: Database; readonly slugs: EnvironmentSlugs }) {
  const { slug, name, status, reason, size, createdAt } = database;
  return (
    <StateRow
      to={paths.database({ ...slugs, database: slug })}
      state={<DatabaseState status={status} />}
      name={name}
      about={reason ?? `${engineText(database)}, ${size}`}
    >
      <Ago at={createdAt} />
    </StateRow>
  );
}
