/** Every address of the dashboard. Slugs never begin with a hyphen, so `-` separates fixed parts from slugs. */
export const paths = {
  home: () => '/',
  account: () => '/account',
  team: (team: string) => `/teams/${team}`,
  members: (team: string) => `/teams/${team}/members`,
  tokens: (team: string) => `/teams/${team}/tokens`,
  github: (team: string) => `/teams/${team}/github`,
  channels: (team: string) => `/teams/${team}/notifications`,
  audit: (team: string) => `/teams/${team}/audit`,
  teamSettings: (team: string) => `/teams/${team}/settings`,
  project: ({ team, project }: ProjectSlugs) => `/teams/${team}/projects/${project}`,
  environment: ({ environment, ...project }: EnvironmentSlugs) => `${paths.project(project)}/${environment}`,
  environmentSettings: (slugs: EnvironmentSlugs) => `${paths.environment(slugs)}/-/settings`,
  databases: (slugs: EnvironmentSlugs) => `${paths.environment(slugs)}/-/databases`,
  database: ({ database, ...environment }: DatabaseSlugs) => `${paths.databases(environment)}/${database}`,
  service: ({ service, ...environment }: ServiceSlugs) => `${paths.environment(environment)}/${service}`,
  deployments: (slugs: ServiceSlugs) => `${paths.service(slugs)}/deployments`,
  deployment: (slugs: ServiceSlugs, deploymentId: string) => `${paths.deployments(slugs)}/${deploymentId}`,
  compare: (slugs: ServiceSlugs) => `${paths.deployments(slugs)}/-/compare`,
  metrics: (slugs: ServiceSlugs) => `${paths.service(slugs)}/metrics`,
  variables: (slugs: ServiceSlugs) => `${paths.service(slugs)}/variables`,
  settings: (slugs: ServiceSlugs) => `${paths.service(slugs)}/settings`,
  alerts: (slugs: ServiceSlugs) => `${paths.service(slugs)}/alerts`,
  logs: (slugs: ServiceSlugs) => `${paths.service(slugs)}/logs`,
};

export interface ProjectSlugs {
  readonly team: string;
  readonly project: string;
}
export interface EnvironmentSlugs extends ProjectSlugs {
  readonly environment: string;
}
export interface ServiceSlugs extends EnvironmentSlugs {
  readonly service: string;
}

export interface DatabaseSlugs extends EnvironmentSlugs {
  readonly database: string;
}

type Named = { readonly slug: string };
type Place<K extends string> = Readonly<Record<K, Named>>;

/** The slugs of a place, for its addresses. */
export const slugsOf = {
  project: ({ team, project }: Place<'team' | 'project'>): ProjectSlugs => ({ team: team.slug, project: project.slug }),
  environment: (place: Place<'team' | 'project' | 'environment'>): EnvironmentSlugs => ({
    ...slugsOf.project(place),
    environment: place.environment.slug,
  }),
  service: (place: Place<'team' | 'project' | 'environment' | 'service'>): ServiceSlugs => ({
    ...slugsOf.environment(place),
    service: place.service.slug,
  }),
};
