import { allows } from '@gantry/contract/roles.ts';
import type { Database } from '@gantry/contract/schemas/databases.ts';
import type { Service } from '@gantry/contract/schemas/services.ts';
import { useQueries, useSuspenseQuery } from '@tanstack/react-query';
import { Card } from '../../components/card.tsx';
import { Empty } from '../../components/empty.tsx';
import { GuideSteps } from '../../components/guide-steps.tsx';
import { Page } from '../../components/page.tsx';
import { databasesQuery, environmentParams } from '../../data/databases.ts';
import { useServiceStates } from '../../data/environment-state.ts';
import { type EnvironmentPlace, servicesQuery, useEnvironment } from '../../data/place.ts';
import { type Edge, edgesOf, ownersIn } from '../../data/service-map.ts';
import { setOf, setQuery } from '../../data/variables.ts';
import { paths, slugsOf } from '../../paths.ts';
import { DatabaseCard } from './database-card.tsx';
import { NewDatabaseButton } from './new-database.tsx';
import { NewServiceButton } from './new-service.tsx';
import { ServiceCard } from './service-card.tsx';
import { ServiceMap } from './service-map.tsx';

/** The map shows no lines for more services, because each service costs a read of its variables. */
const MOST_READ = 50;

/** The services and databases of an environment. A wide screen shows a map if one refers to another. */
export function View() {
  const place = useEnvironment();
  const { team, project, environment, role } = place;
  const { data: services } = useSuspenseQuery(servicesQuery(team.id, project.id));
  const { data: databases } = useSuspenseQuery(databasesQuery(environmentParams(place)));
  const stateOf = useServiceStates(environmentParams(place));
  const edges = useEdges(place, services, databases);
  const may = (action: Parameters<typeof allows>[1]) => role !== null && allows(role, action);
  const cards = [
    ...services.map((service) => ({
      slug: service.slug,
      content: (
        <ServiceCard
          to={paths.service(slugsOf.service({ ...place, service }))}
          service={service}
          {...stateOf(service.id)}
        />
      ),
    })),
    ...databases.map((database) => ({
      slug: keyOf(database, services),
      content: <DatabaseCard place={place} database={database} />,
    })),
  ];
  const create = may('service.create') && <NewServiceButton place={place} />;
  return (
    <Page
      title={`${project.name} · ${environment.name}`}
      heading={project.name}
      actions={
        services.length > 0 && (
          <>
            {may('database.create') && <NewDatabaseButton place={place} look="secondary" />}
            {create}
          </>
        )
      }
    >
      {services.length === 0 && (
        <Card>
          <Empty
            above={<GuideSteps at={2} />}
            title="No service yet"
            action={create}
            command={create ? 'gantry init' : undefined}
          >
            A service is one app or job. It comes from a repository, an archive or an image, and runs in each
            environment.
          </Empty>
        </Card>
      )}
      {edges.length > 0 && (
        <div className="hidden lg:block">
          <ServiceMap cards={cards} edges={edges} />
        </div>
      )}
      <ul
        className={
          edges.length > 0 ? 'grid gap-4 sm:grid-cols-2 lg:hidden' : 'grid gap-4 sm:grid-cols-2 lg:grid-cols-3'
        }
      >
        {cards.map(({ slug, content }) => (
          <li key={slug} className="min-w-0">
            {content}
          </li>
        ))}
      </ul>
    </Page>
  );
}

/** The name of a database on the map. If a service has the same slug, references lead to the service. */
function keyOf({ slug }: Database, services: readonly Service[]): string {
  return services.some((service) => service.slug === slug) ? `${slug} (database)` : slug;
}

/** The references between the cards, for users who may see variables. */
function useEdges(
  place: EnvironmentPlace,
  services: readonly Service[],
  databases: readonly Database[],
): readonly Edge[] {
  const { role } = place;
  const isRead = role !== null && allows(role, 'variable.reveal') && services.length <= MOST_READ;
  const read = useQueries({
    queries: services.map((service) => ({ ...setQuery(setOf({ ...place, service }, 'service')), enabled: isRead })),
  });
  const owners = services.map(({ slug }, at) => [slug, ownersIn(read[at]?.data?.variables ?? [])] as const);
  const owned = databases.map((database) => [keyOf(database, services), [] as const] as const);
  return edgesOf(new Map<string, readonly string[]>([...owners, ...owned]));
}
