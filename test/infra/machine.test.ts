import { errorKinds } from '@gantry/contract/errors.ts';
import { beforeAll, describe, expect, it } from '@jest/globals';
import validate from 'asl-validator';
import { ofType, type Placed, synthesize } from './synthesis.ts';

interface State {
  readonly Type: string;
  readonly TimeoutSeconds?: number;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly MaxAttempts: number }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
}

let machines: Placed[];
let states: Readonly<Record<string, State>>;
let definition: { readonly States: Readonly<Record<string, State>>; readonly TimeoutSeconds: number };
beforeAll(() => {
  const made = synthesize();
  machines = ofType(made, 'AWS::StepFunctions::StateMachine');
  definition = JSON.parse(substituted(machines[0]));
  states = definition.States;
}, 60_000);

const STEPS = ['Prepare', 'Build', 'Rollout', 'Verify', 'Shift', 'Finish'];

describe('the deploy machine', () => {
  it('is the only one, and a definition that Step Functions takes', () => {
    expect(machines).toHaveLength(1);
    expect(validate(definition)).toMatchObject({ isValid: true, errors: [] });
  });

  it('has a value in the template for each of its substitutions, and uses each', () => {
    const text = String(machines[0]?.Properties.DefinitionString);
    const used = new Set([...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name));
    expect([...used].sort()).toEqual(Object.keys(machines[0]?.Properties.DefinitionSubstitutions ?? {}).sort());
  });

  it('bounds every task and itself in time', () => {
    const tasks = Object.entries(states).filter(([, state]) => state.Type === 'Task');
    expect(tasks.map(([name]) => name)).toEqual([...STEPS, 'Revert']);
    for (const [name, { TimeoutSeconds }] of tasks)
      expect({ name, TimeoutSeconds }).toEqual({ name, TimeoutSeconds: expect.any(Number) });
    expect(definition.TimeoutSeconds).toEqual(expect.any(Number));
  });

  it('takes back whatever fails, in whichever step', () => {
    for (const name of STEPS) {
      expect(states[name]?.Catch).toEqual([expect.objectContaining({ ErrorEquals: ['States.ALL'], Next: 'Revert' })]);
    }
    expect(states.Revert?.Catch).toEqual([
      expect.objectContaining({ ErrorEquals: ['States.ALL'], Next: 'RevertFailed' }),
    ]);
  });

  it("repeats our steps on exactly the contract's retryable kinds, and a build never for its own fault", () => {
    const retryable = Object.entries(errorKinds).flatMap(([kind, { retryable }]) => (retryable ? [kind] : []));
    for (const name of STEPS.filter((step) => step !== 'Build')) {
      const retried = (states[name]?.Retry ?? []).flatMap(({ ErrorEquals }) => ErrorEquals);
      expect(retried.filter((error) => error in errorKinds).sort()).toEqual(retryable.sort());
      expect(retried).toContain('Lambda.TooManyRequestsException');
      expect(retried.filter((error) => error.startsWith('States.'))).toEqual([]);
    }
    const build = (states.Build?.Retry ?? []).flatMap(({ ErrorEquals }) => ErrorEquals);
    expect(build.filter((error) => !error.startsWith('CodeBuild.'))).toEqual([]);
  });
});

/** The definition with a stand-in for each substitution, as CloudFormation fills them in. */
function substituted(machine: Placed | undefined): string {
  const values: Record<string, string> = { Partition: 'aws' };
  return String(machine?.Properties.DefinitionString).replace(
    /\$\{(\w+)\}/g,
    (_, name: string) => values[name] ?? `arn:aws:lambda:xx-test-1:000000000000:function:${name}`,
  );
}
