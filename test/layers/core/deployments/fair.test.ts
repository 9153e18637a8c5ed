import { nextTurns, type Turn } from '@gantry/core/deployments/builds/fair.ts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

const turn = (teamId: string, queuedAt: number, grantedAt?: number): Turn => ({
  deploymentId: `${teamId}${queuedAt}`,
  teamId,
  queuedAt,
  grantedAt,
});

describe('the queue of builds', () => {
  const turns = fc.uniqueArray(
    fc.record({
      teamId: fc.constantFrom('a', 'b', 'c'),
      queuedAt: fc.nat(100),
      grantedAt: fc.option(fc.constant(1), { nil: undefined }),
    }),
    { selector: ({ teamId, queuedAt }) => `${teamId}${queuedAt}`, maxLength: 20 },
  );
  const given = turns.map((all) => all.map(({ teamId, queuedAt, grantedAt }) => turn(teamId, queuedAt, grantedAt)));

  it('never exceeds the places in total or per team, and leaves no usable place free', () => {
    fc.assert(
      fc.property(given, fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 4 }), (all, total, perTeam) => {
        const chosen = nextTurns(all, { total, perTeam });
        const running = [...all.filter(({ grantedAt }) => grantedAt !== undefined), ...chosen];
        const ofTeam = (id: string) => running.filter(({ teamId }) => teamId === id).length;
        if (chosen.length > 0) expect(running.length).toBeLessThanOrEqual(total);
        for (const { teamId } of chosen) expect(ofTeam(teamId)).toBeLessThanOrEqual(perTeam);
        const left = all.filter((each) => each.grantedAt === undefined && !chosen.includes(each));
        if (running.length < total)
          for (const { teamId } of left) expect(ofTeam(teamId)).toBeGreaterThanOrEqual(perTeam);
      }),
    );
  });

  it('starts the builds of one team in order of arrival', () => {
    fc.assert(
      fc.property(given, (all) => {
        const chosen = nextTurns(all, { total: 6, perTeam: 3 });
        for (const one of chosen) {
          const earlier = all.filter(
            (each) => each.grantedAt === undefined && each.teamId === one.teamId && each.queuedAt < one.queuedAt,
          );
          for (const each of earlier) expect(chosen).toContain(each);
        }
      }),
    );
  });

  it("starts a late team's build before the many builds of an earlier team", () => {
    const many = Array.from({ length: 50 }, (_, at) => turn('a', at));
    const chosen = nextTurns([...many, turn('b', 60), turn('c', 70)], { total: 4, perTeam: 4 });
    expect(chosen.map(({ deploymentId }) => deploymentId)).toEqual(['a0', 'b60', 'c70', 'a1']);
  });

  it('starts nothing while all places are taken', () => {
    expect(nextTurns([turn('a', 1, 2), turn('b', 3)], { total: 1, perTeam: 1 })).toEqual([]);
  });
});
