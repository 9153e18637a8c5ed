/** How many builds run at once: of all teams, and of one. */
export interface Places {
  readonly total: number;
  readonly perTeam: number;
}

export interface Turn {
  readonly deploymentId: string;
  readonly teamId: string;
  /** Milliseconds since 1970. */
  readonly queuedAt: number;
  /** Undefined while the build waits. */
  readonly grantedAt?: number | undefined;
}

/**
 * Picks the builds that get the free places. Each place goes to the longest-waiting build of the team with the fewest running builds. So a team that
 * pushes to fifty services at once does not block the other teams.
 */
export function nextTurns<T extends Turn>(turns: readonly T[], { total, perTeam }: Places): T[] {
  const running = new Map<string, number>();
  const count = (teamId: string) => running.get(teamId) ?? 0;
  const waiting: T[] = [];
  let free = total;
  for (const turn of turns) {
    if (turn.grantedAt === undefined) waiting.push(turn);
    else {
      running.set(turn.teamId, count(turn.teamId) + 1);
      free -= 1;
    }
  }
  waiting.sort((a, b) => a.queuedAt - b.queuedAt);
  const chosen: T[] = [];
  while (chosen.length < free) {
    const open = waiting.filter((turn) => count(turn.teamId) < perTeam && !chosen.includes(turn));
    const [first, ...others] = open;
    if (first === undefined) break;
    const next = others.reduce((best, turn) => (count(turn.teamId) < count(best.teamId) ? turn : best), first);
    running.set(next.teamId, count(next.teamId) + 1);
    chosen.push(next);
  }
  return chosen;
}
