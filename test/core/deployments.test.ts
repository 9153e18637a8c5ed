import { deploymentStatuses, type StepName, stepNames } from '@gantry/contract/schemas/deployments.ts';
import { isInFlight, mayBecome } from '@gantry/core/deployments/status.ts';
import { beginStep, endSteps, runningStep } from '@gantry/core/deployments/steps.ts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

describe('the status of a deployment', () => {
  it('never returns to where it was, however steps repeat and overtake each other', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...deploymentStatuses), { maxLength: 30 }), (wishes) => {
        const seen = ['queued'];
        for (const wish of wishes) {
          const now = seen.at(-1) as (typeof deploymentStatuses)[number];
          if (mayBecome(now, wish)) seen.push(wish);
        }
        expect(new Set(seen).size).toBe(seen.length);
      }),
    );
  });

  it('can end from everywhere that is in flight, and from nowhere else', () => {
    for (const status of deploymentStatuses) {
      expect(mayBecome(status, 'failed')).toBe(isInFlight(status));
      expect(mayBecome(status, 'superseded')).toBe(isInFlight(status));
    }
  });
});

describe('the steps of a deployment', () => {
  const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

  it('run one at a time, and a repeated step changes nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom<StepName>(...stepNames), { maxLength: 20 }), (names) => {
        const steps = names.reduce(
          (all, name, second) => beginStep(all, name, at(second)),
          beginStep([], 'prepare', at(0)),
        );
        expect(steps.filter((step) => step.status === 'running')).toHaveLength(1);
        expect(new Set(steps.map((step) => step.name)).size).toBe(steps.length);
        const [again = 'prepare'] = names;
        expect(beginStep(steps, again, at(59))).toBe(names.length > 0 ? steps : beginStep(steps, 'prepare', at(59)));
      }),
    );
  });

  it('keep the time at which each ended', () => {
    const steps = endSteps(beginStep(beginStep([], 'prepare', at(0)), 'build', at(1)), 'failed', at(2));
    expect(steps.map(({ status, endedAt }) => [status, endedAt])).toEqual([
      ['succeeded', at(1)],
      ['failed', at(2)],
    ]);
    expect(runningStep(steps)).toBe('prepare');
  });
});
