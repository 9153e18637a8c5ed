import { useSuspenseQuery } from '@tanstack/react-query';
import { Navigate } from '@tanstack/react-router';
import { environmentsQuery, useProject } from '../data/place.ts';
import { paths, slugsOf } from '../paths.ts';

/** Shows the project's environment production, or its first one. */
export function View() {
  const place = useProject();
  const { data } = useSuspenseQuery(environmentsQuery(place.team.id, place.project.id));
  const environment = data.find(({ slug }) => slug === 'production') ?? data[0];
  if (environment === undefined) return null;
  return <Navigate replace to={paths.environment({ ...slugsOf.project(place), environment: environment.slug })} />;
}
