import { allows } from '@gantry/contract/roles.ts';
import { useQuery } from '@tanstack/react-query';
import { Card, Fact, Facts } from '../../components/card.tsx';
import { Page } from '../../components/page.tsx';
import { capital, DatabaseState, databaseTones } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import { api } from '../../data/api.ts';
import { databaseParams, engineText, useDatabase } from '../../data/databases.ts';
import { Connection } from './database/connection.tsx';
import { DeleteDatabase } from './database/delete.tsx';
import { Uses } from './database/uses.tsx';

/** How often a database on its way is looked at, in milliseconds: its parts are no events. */
const LOOK_MS = 3_000;

/** A database: how it does, how services get its address, and which do. */
export function View() {
  const place = useDatabase();
  const { environment, role } = place;
  const { data: details } = useQuery({
    ...api('databases.get', { params: databaseParams(place) }),
    refetchInterval: ({ state: { data } }) => (data !== undefined && data.step !== null ? LOOK_MS : false),
  });
  const database = details ?? place.database;
  const { name, status, step, reason, finalBackup } = database;
  return (
    <Page title={`${capital(status)} · ${name} · ${environment.name}`} heading={name} tone={databaseTones[status]}>
      {reason !== null && (
        <Card title={status === 'failed' ? 'Why it failed' : 'Why the last change failed'} className="border-bad/40">
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
          {finalBackup !== null && (
            <Fact name="Last backup">
              <code className="font-mono text-small break-all">{finalBackup}</code>
            </Fact>
          )}
        </Facts>
      </Card>
      {details !== undefined && status !== 'deleting' && (
        <>
          <Connection database={details} mayConnect={role !== null && allows(role, 'database.connect')} />
          <Uses database={details} />
        </>
      )}
      {role !== null && allows(role, 'database.delete') && status !== 'deleting' && <DeleteDatabase />}
    </Page>
  );
}

/** In words for people; a step that is not here shows by its name. */
const steps: Partial<Readonly<Record<string, string>>> = {
  network: 'Opens its network',
  server: 'Creates its server',
  available: 'Waits for the server',
  credentials: 'Makes its users',
  change: 'Changes its size',
  rotate: 'Gives apps a new password',
  remove: 'Removes what it was',
};
