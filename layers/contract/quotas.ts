/** How much there may be of what a team makes. The counters stand beside the parents, and the transaction that creates checks them. */
export const quotas = {
  projectsPerTeam: 100,
  environmentsPerProject: 10,
  servicesPerProject: 50,
  databasesPerProject: 20,
  installationsPerTeam: 20,
  /** Of invitations, those that are sent again included; a day is one of UTC. */
  mailsPerTeamAndDay: 100,
  mailsPerAddressAndDay: 10,
} satisfies Record<string, number>;
