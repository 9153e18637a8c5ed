import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorKinds } from '@gantry/contract/errors.ts';
import { fileOf } from '@gantry/statemachines/machine.ts';
import { beforeAll, describe, expect, it } from '@jest/globals';
import validate from 'asl-validator';
import { assembled, ofType, type Placed } from './synthesis.ts';

interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly TimeoutSeconds?: number;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly MaxAttempts: number }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
}

interface Definition {
  readonly States: Readonly<Record<string, State>>;
  readonly TimeoutSeconds: number;
}

/** The steps of each machine, and the state after a failed step. */
const MACHINES = {
  Deploy: {
    steps: [
      ...['Prepare', 'Fetch', 'Queue', 'Build', 'Rehearse', 'ReleaseCommand'],
      ...['Rollout', 'Verify', 'Shift', 'Check', 'Finish'],
    ],
    onFailure: 'Revert',
  },
  Delete: { steps: ['StopDeployments', 'RemoveWorkloads', 'RemoveDatabases', 'RemoveRecords'], onFailure: 'Failed' },
  Database: {
    steps: [
      ...['Begin', 'Network', 'Provision', 'Restore', 'Available', 'Adopt', 'Credentials', 'Inspect', 'Ready'],
      ...['Change', 'Rotate', 'BackUp', 'EraseBackup', 'Remove', 'Forget'],
    ],
    onFailure: 'CleanUp',
  },
} as const;
type Name = keyof typeof MACHINES;
const names = Object.keys(MACHINES) as Name[];

/** The folders of the functions of a machine's steps, and of the core files that they call. */
const FOLDERS: Readonly<Record<Name, readonly [functions: string, core: string]>> = {
  Deploy: ['functions/deploy', 'deployments/steps'],
  Delete: ['functions/delete', 'deletion'],
  Database: ['functions/database', 'databases/steps'],
};
/** The steps that clean up after a failed step. */
const UNDO: Readonly<Record<Name, readonly string[]>> = { Deploy: ['Revert'], Delete: [], Database: ['CleanUp'] };
const ROOT = join(import.meta.dirname, '../..');

const isOwn = (state: State | undefined) => state?.Resource?.includes(':lambda:invoke') === true;

let machines: ReadonlyMap<string, Placed>;
beforeAll(async () => {
  const made = ofType(await assembled(), 'AWS::StepFunctions::StateMachine');
  machines = new Map(made.map((machine) => [machine.logicalId.slice(0, -8), machine]));
}, 60_000);

const definitionOf = (name: Name): Definition => JSON.parse(substituted(machines.get(name)));

describe('the machines', () => {
  it('are all tested here', () => {
    expect([...machines.keys()].sort()).toEqual([...names].sort());
  });
});

describe.each(names)('the machine %s', (name) => {
  const { steps, onFailure } = MACHINES[name];

  it('is a definition that Step Functions accepts', () => {
    expect(validate(definitionOf(name))).toMatchObject({ isValid: true, errors: [] });
  });

  it('has a value in the template for each of its substitutions, and uses every value', () => {
    const { DefinitionString, DefinitionSubstitutions } = machines.get(name)?.Properties ?? {};
    const used = new Set([...String(DefinitionString).matchAll(/\$\{(\w+)\}/g)].map(([, variable]) => variable));
    expect([...used].sort()).toEqual(Object.keys(DefinitionSubstitutions ?? {}).sort());
  });

  it('has a time limit for every task and for itself', () => {
    const { States, TimeoutSeconds } = definitionOf(name);
    const tasks = Object.entries(States).filter(([, state]) => state.Type === 'Task');
    expect(tasks.map(([task]) => task)).toEqual([...steps, ...UNDO[name]]);
    for (const [task, { TimeoutSeconds }] of tasks)
      expect({ task, TimeoutSeconds }).toEqual({ task, TimeoutSeconds: expect.any(Number) });
    expect(TimeoutSeconds).toEqual(expect.any(Number));
  });

  it('catches every failure in every step', () => {
    const { States } = definitionOf(name);
    for (const step of steps) {
      expect(States[step]?.Catch).toEqual([expect.objectContaining({ ErrorEquals: ['States.ALL'], Next: onFailure })]);
    }
  });

  it('has one name for each step: state, function and core file', () => {
    for (const step of Object.keys(definitionOf(name).States).filter((state) =>
      isOwn(definitionOf(name).States[state]),
    )) {
      const file = fileOf(step);
      const [functions, core] = FOLDERS[name];
      expect({ step, text: readFileSync(join(ROOT, functions, `${file}.ts`), 'utf8') }).toEqual({
        step,
        text: expect.stringContaining(`@gantry/core/${core}/${file}.ts`),
      });
    }
  });

  it("retries our steps after exactly the contract's retryable kinds of error", () => {
    const retryable = Object.entries(errorKinds).flatMap(([kind, { retryable }]) => (retryable ? [kind] : []));
    for (const step of steps.filter((one) => one !== 'Build')) {
      const retried = (definitionOf(name).States[step]?.Retry ?? []).flatMap(({ ErrorEquals }) => ErrorEquals);
      expect(retried.filter((error) => error in errorKinds).sort()).toEqual(retryable.sort());
      expect(retried).toContain('Lambda.TooManyRequestsException');
      expect(retried.filter((error) => error.startsWith('States.'))).toEqual([]);
    }
  });
});

describe('the machine Deploy', () => {
  it('never retries a build after a fault of the app', () => {
    const build = (definitionOf('Deploy').States.Build?.Retry ?? []).flatMap(({ ErrorEquals }) => ErrorEquals);
    expect(build.filter((error) => !error.startsWith('CodeBuild.'))).toEqual([]);
  });

  it('reports a failed deployment that could not be reverted', () => {
    expect(definitionOf('Deploy').States.Revert?.Catch).toEqual([
      expect.objectContaining({ ErrorEquals: ['States.ALL'], Next: 'RevertFailed' }),
    ]);
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
