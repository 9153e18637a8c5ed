import { allows } from '@gantry/contract/roles.ts';
import type { Database, DatabaseDetails } from '@gantry/contract/schemas/databases.ts';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { Card, Fact, Facts } from '../../components/card.tsx';
import { Page } from '../../components/page.tsx';
import { capital, DatabaseState, databaseTones } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import { api } from '../../data/api.ts';
import { originText } from '../../data/backups.ts';
import { databaseParams, databasesQuery, engineText, environmentParams, useDatabase } from '../../data/databases.ts';
import { exactText } from '../../data/moments.ts';
import { DatabaseActions } from './database/actions.tsx';
import { Backups } from './database/backups.tsx';
import { Connection } from './database/connection.tsx';
import { DeleteDatabase } from './database/delete.tsx';
import { Uses } from './database/uses.tsx';

/** The pause between two reads while a database is created or changed, in milliseconds: its steps are no events. */
const CHANGING_MS = 3_000;
/** The same at other times, in milliseconds: the latest moment that can be restored moves on, and that is no event. */
const SETTLED_MS = 60_000;

/** A database: its state, its backups, how services get its address, and which services do. */
export function View() {
  const place = useDatabase();
  const { environment, role } = place;
  const { data: details } = useQuery({
    ...api('databases.get', { params: databaseParams(place) }),
    refetchInterval: ({ state: { data } }) => (data !== undefined && isSettled(data) ? SETTLED_MS : CHANGING_MS),
  });
  const database = details ?? place.database;
  const { name, status, step, reason, finalBackup, origin } = database;
  return (
    <Page
      title={`${capital(status)} · ${name} · ${environment.name}`}
      heading={name}
      tone={databaseTones[status]}
      actions={details !== undefined && <DatabaseActions database={details} />}
    >
      {reason !== null && (
        <Card title={status === 'failed' ? 'Why it failed' : 'Why the last change failed'} edge="bad">
          <p className="px-4 py-3">
            {reason} {status === 'failed' ? 'Delete it, and create it again.' : 'The database is as it was before.'}
          </p>
        </Card>
      )}
      <Card title="Database">
        <Facts>
          <Fact name="State">
            <DatabaseState status={status} />
            {step !== null && <span className="ml-2 text-small text-soft">{steps[step] ?? capital(step)}</span>}
          </Fact>
          <Fact name="Engine">{engineText(database)}</Fact>
          <Fact name="Size">{capital(database.size)}</Fact>
          <Fact name="Created">
            <Ago at={database.createdAt} />
          </Fact>
          {origin !== null && (
            <Fact name="Made from">
              <Origin origin={origin} />
            </Fact>
          )}
          {finalBackup !== null && (
            <Fact name="Last backup">
              <code className="font-mono text-small break-all">{finalBackup}</code>
            </Fact>
          )}
        </Facts>
      </Card>
      {details !== undefined && status !== 'deleting' && (
        <>
          <Backups database={details} />
          <Connection database={details} mayConnect={role !== null && allows(role, 'database.connect')} />
          <Uses database={details} />
        </>
      )}
      {role !== null && allows(role, 'database.delete') && status !== 'deleting' && <DeleteDatabase />}
    </Page>
  );
}

/** Whether nothing is under way. A ready database soon has moments that can be restored. */
const isSettled = ({ status, step, restorable }: DatabaseDetails): boolean =>
  step === null && (status !== 'ready' || restorable !== null);

/** The source of a restored or cloned database. */
function Origin({ origin }: { readonly origin: NonNullable<Database['origin']> }) {
  const { data: databases } = useSuspenseQuery(databasesQuery(environmentParams(useDatabase())));
  return `${originText(origin, databases)}${origin.at === null ? '' : ` on ${exactText(origin.at)}`}`;
}

/** Each step in words. A step without words shows by its name. */
const steps: Partial<Readonly<Record<string, string>>> = {
  network: 'Opening the network',
  server: 'Creating the server',
  available: 'Waiting for the server',
  credentials: 'Creating the users',
  change: 'Changing the size',
  rotate: 'Rotating the password',
  remove: 'Removing the server',
};
