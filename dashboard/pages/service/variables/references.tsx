import { SHARED } from '@gantry/contract/references.ts';
import { useQueries, useQuery } from '@tanstack/react-query';
import { Select } from '../../../components/select.tsx';
import { api } from '../../../data/api.ts';
import { databasesQuery, environmentParams } from '../../../data/databases.ts';
import { type ServicePlace, servicesQuery } from '../../../data/place.ts';
import { setOf, setQuery } from '../../../data/variables.ts';

interface ReferencesProps {
  readonly place: ServicePlace;
  readonly onPick: (reference: string) => void;
}

/** The references that a value may have: shared variables, those and the addresses of other services, and databases. */
export function References({ place, onPick }: ReferencesProps) {
  const { team, project } = place;
  const { data: services = [] } = useQuery(servicesQuery(team.id, project.id));
  const others = services.filter(({ id }) => id !== place.service.id);
  const sets = [
    ...(['environment', 'project'] as const).map((owner) => ({ owner: SHARED, set: setOf(place, owner) })),
    ...others.map((service) => ({ owner: service.slug, set: setOf({ ...place, service }, 'service') })),
  ];
  const read = useQueries({ queries: sets.map(({ set }) => setQuery(set)) });
  const variables = sets.flatMap(
    ({ owner }, at) => read[at]?.data?.variables.map(({ name }) => `${owner}.${name}`) ?? [],
  );
  const addresses = others.filter(({ kind }) => kind === 'web').map(({ slug }) => `${slug}.GANTRY_PUBLIC_URL`);
  const names = [...new Set([...variables, ...addresses, ...useDatabaseNames(place)])];
  if (names.length === 0) return null;
  return (
    <Select
      label="Insert a reference"
      value=""
      onChange={(name) => name !== '' && onPick(`\${{${name}}}`)}
      options={[['', 'Choose a variable of a service or a database'], ...names.map((name) => [name, name] as const)]}
    />
  );
}

function useDatabaseNames(place: ServicePlace): readonly string[] {
  const params = environmentParams(place);
  const { data: databases = [] } = useQuery(databasesQuery(params));
  const read = useQueries({
    queries: databases.map(({ id }) => api('databases.get', { params: { ...params, databaseId: id } })),
  });
  return read.flatMap(({ data }) => data?.variables.map((name) => `${data.slug}.${name}`) ?? []);
}
