import type { Database, DatabaseEngine, DatabaseSize } from '@gantry/contract/schemas/databases.ts';
import { useSuspenseQuery } from '@tanstack/react-query';
import { notFound, useParams } from '@tanstack/react-router';
import { apiList } from './api.ts';
import { type EnvironmentPlace, useEnvironment } from './place.ts';

export interface DatabasePlace extends EnvironmentPlace {
  readonly database: Database;
}

/** The names of the engines. */
export const engineNames: Readonly<Record<DatabaseEngine, string>> = {
  postgres: 'PostgreSQL',
  mysql: 'MySQL',
  redis: 'Redis',
  mongodb: 'MongoDB',
};

/** The versions that can be created, the newest first. An engine without versions is not available yet. */
export const engineVersions: Partial<Readonly<Record<DatabaseEngine, readonly string[]>>> = {
  postgres: ['18', '17'],
};

/** The sizes on AWS. On one machine a size limits nothing. */
export const sizeTexts: Readonly<Record<DatabaseSize, string>> = {
  micro: 'Micro: up to 2 GiB of memory, pauses when idle',
  small: 'Small: up to 4 GiB of memory, pauses when idle',
  medium: 'Medium: up to 16 GiB of memory',
  large: 'Large: up to 64 GiB of memory',
};

/** The API's parameters of an environment. */
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

/** The database in the address. */
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

/** The reference with which variables get a value of a database. */
export const referenceTo = (slug: string, name: string) => `\${{${slug}.${name}}}`;
