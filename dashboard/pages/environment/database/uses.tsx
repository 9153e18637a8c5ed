import type { DatabaseDetails } from '@gantry/contract/schemas/databases.ts';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Card } from '../../../components/card.tsx';
import { servicesQuery, useEnvironment } from '../../../data/place.ts';
import { paths, slugsOf } from '../../../paths.ts';

/** The services whose variables refer to a database, and those that may return to it. */
export function Uses({ database: { usedBy, rollbacks } }: { readonly database: DatabaseDetails }) {
  const place = useEnvironment();
  const { data: services } = useSuspenseQuery(servicesQuery(place.team.id, place.project.id));
  return (
    <Card title="Used by">
      {usedBy.length === 0 ? (
        <p className="px-4 py-3 text-soft">No variable refers to this database yet.</p>
      ) : (
        <ul className="divide-y divide-line">
          {usedBy.map(({ serviceId, names }) => {
            const service = services.find(({ id }) => id === serviceId);
            return (
              <li key={serviceId ?? 'shared'} className="flex flex-wrap items-baseline gap-x-4 gap-y-1 px-4 py-2.5">
                {service === undefined ? (
                  <span className="font-medium">Shared variables</span>
                ) : (
                  <Link
                    to={paths.variables(slugsOf.service({ ...place, service }))}
                    className="font-medium text-accent hover:underline"
                  >
                    {service.name}
                  </Link>
                )}
                <code className="min-w-0 font-mono text-small break-all text-soft">{names.join(', ')}</code>
              </li>
            );
          })}
        </ul>
      )}
      {rollbacks.length > 0 && (
        <p className="border-t border-line px-4 py-3 text-soft">
          The previous release of{' '}
          {services
            .filter(({ id }) => rollbacks.includes(id))
            .map(({ name }) => name)
            .join(', ')}{' '}
          uses it. Once the database is deleted, there is no rollback to that release.
        </p>
      )}
    </Card>
  );
}
