/** The limits on records of a team. The counters are on the parents, and the creating transaction checks them. */
export const quotas = {
  projectsPerTeam: 100,
  environmentsPerProject: 10,
  servicesPerProject: 50,
  databasesPerProject: 20,
  /** Counts requested backups. The last backups of deleted databases do not count. */
  backupsPerDatabase: 20,
  installationsPerTeam: 20,
  alertsPerProject: 200,
  channelsPerTeam: 20,
  /** For invitations, repeated ones included; a day is a UTC day. */
  mailsPerTeamAndDay: 100,
  mailsPerAddressAndDay: 10,
} satisfies Record<string, number>;

/** Limits of a set of variables. Sizes are in bytes of UTF-8. */
export const variableLimits = { perSet: 200, bytesOfSet: 128 * 1024, bytesOfValue: 32 * 1024 } as const;
