import { allows } from '@gantry/contract/roles.ts';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Card } from '../../components/card.tsx';
import { Empty } from '../../components/empty.tsx';
import { Page } from '../../components/page.tsx';
import { servicesQuery, useEnvironment } from '../../data/place.ts';
import { NewServiceButton } from './new-service.tsx';
import { ServiceCard } from './service-card.tsx';

/** The services of an environment, as cards. */
export function View() {
  const place = useEnvironment();
  const { team, project, environment, role } = place;
  const { data: services } = useSuspenseQuery(servicesQuery(team.id, project.id));
  const mayCreate = role !== null && allows(role, 'service.create');
  const create = mayCreate && <NewServiceButton place={place} />;
  return (
    <Page
      title={`${project.name} · ${environment.name}`}
      heading={project.name}
      actions={services.length > 0 && create}
    >
      {services.length === 0 ? (
        <Card>
          <Empty title="No service yet" action={create} command="gantry init">
            A service is one app or job: it is built from a repository, an archive or an image, and runs in each
            environment.
          </Empty>
        </Card>
      ) : (
        <ul className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
          {services.map((service) => (
            <li key={service.id} className="min-w-0">
              <ServiceCard place={{ ...place, service }} />
            </li>
          ))}
        </ul>
      )}
    </Page>
  );
}
