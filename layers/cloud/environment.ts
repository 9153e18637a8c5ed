/** The variables that links set on functions; `docs/reference/environment.md` says what each holds. */
export type Variable =
  | 'API_URL'
  | 'APPS_ORIGIN'
  | 'APP_LOG_GROUP'
  | 'BUILDS_AT_ONCE'
  | 'BUILDS_OF_A_TEAM'
  | 'BUILD_ACCESS_ROLE_ARN'
  | 'BUILD_LOG_GROUP'
  | 'BUILD_PROJECT'
  | 'BUS_NAME'
  | 'CLUSTER_NAME'
  | 'CLUSTER_SECURITY_GROUP'
  | 'DASHBOARD_CLIENT_ID'
  | 'DATABASE_MACHINE_ARN'
  | 'DATABASES_KEY'
  | 'DATABASE_GROUP'
  | 'DATABASE_NETWORKS'
  | 'DATABASE_PARAMETERS'
  | 'DATABASE_SECRETS'
  | 'DEAD_LETTER_URLS'
  | 'DELETE_MACHINE_ARN'
  | 'DELIVERIES_QUEUE_URL'
  | 'DEPLOY_MACHINE_ARN'
  | 'DRAIN_SECONDS'
  | 'EDGE_SECRET'
  | 'FIRST_OWNER_EMAIL'
  | 'GITHUB_APP_SECRET'
  | 'HEALTH_QUEUE_URL'
  | 'LOAD_BALANCER_NETWORKS'
  | 'NETWORK_ID'
  | 'NOTICES_QUEUE_URL'
  | 'PRIVATE_SOURCES'
  | 'REALTIME_ENDPOINT'
  | 'REALTIME_URL'
  | 'RELAY_DEAD_LETTERS_URL'
  | 'REPOSITORIES_ARN'
  | 'REPOSITORY_PREFIX'
  | 'SERVICES_PER_GATEWAY'
  | 'SIGN_IN_URL'
  | 'SITE_BUCKET'
  | 'STAGE'
  | 'TABLE_NAME'
  | 'TRAFFIC_DELAY_SECONDS'
  | 'TRAFFIC_MINUTES'
  | 'UPLOADS_BUCKET'
  | 'USER_POOL_CLIENT_ID'
  | 'USER_POOL_ID'
  | 'VARIABLES_KEY';

/** The value of a linked variable. Throws at its first use when it is missing: the function lacks that link in `infra/`. */
export function environment(variable: Variable): string {
  const value = process.env[variable];
  if (value === undefined || value === '')
    throw new Error(`${variable} is not set: link it to this function in infra/`);
  return value;
}

/** Whether the operator lets Gantry call addresses inside of private networks. */
export function privateAddresses(): boolean {
  return environment('PRIVATE_SOURCES') === 'true';
}
