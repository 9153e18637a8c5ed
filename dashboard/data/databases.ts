import type { Database, DatabaseEngine, DatabaseSize } from '@gantry/contract/schemas/databases.ts';
import { useSuspenseQuery } from '@tanstack/react-query';
import { notFound, useParams } from '@tanstack/react-router';
import { apiList } from './api.ts';
import { type EnvironmentPlace, useEnvironment } from './place.ts';

export interface DatabasePlace extends EnvironmentPlace {
  readonly database: Database;
}

/** What each engine is called. */
export const engineNames: Readonly<Record<DatabaseEngine, string>> = {
  postgres: 'PostgreSQL',
  mysql: 'MySQL',
  redis: 'Redis',
  mongodb: 'MongoDB',
};

/** The versions that can be created, the newest first; an engine without any comes later. */
export const engineVersions: Partial<Readonly<Record<DatabaseEngine, readonly string[]>>> = {
  postgres: ['18', '17'],
};

/** On one machine every size is as large as the machine allows. */
export const sizeTexts: Readonly<Record<DatabaseSize, string>> = {
  micro: 'Micro: up to 2 GiB of memory, pauses when idle',
  small: 'Small: up to 4 GiB of memory, pauses when idle',
  medium: 'Medium: up to 16 GiB of memory',
  large: 'Large: up to 64 GiB of memory',
};

/** By which the API names an environment. */
export const environmentParams = ({ team, project, environment }: EnvironmentPlace) => ({
  teamId: team.id,
  projectId: project.id,
  environmentId: environment.id,
});

export const databasesQuery = (params: ReturnType<typeof environmentParams>) => apiList('databases.list', { params });

export const databaseParams = (place: DatabasePlace) => ({
  ...environmentParams(place),
  databaseId: place.database.id,
});

/** The database of an address. */
export function useDatabase(): DatabasePlace {
  const place = useEnvironment();
  const { database: slug }: { readonly database?: string } = useParams({ strict: false });
  const { data } = useSuspenseQuery(databasesQuery(environmentParams(place)));
  const database = data.find((each) => each.slug === slug);
  if (database === undefined) throw notFound();
  return { ...place, database };
}

export const engineText = ({ engine, engineVersion }: Pick<Database, 'engine' | 'engineVersion'>) =>
  `${engineNames[engine]} ${engineVersion}`;

/** How variables write a value of a database. */
export const referenceTo = (slug: string, name: string) => `\${{${slug}.${name}}}`;
