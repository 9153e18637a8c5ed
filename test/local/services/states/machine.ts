import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach } from '@jest/globals';
import type { BuildRunner } from '../../../../local/kernel/ports.ts';
import type { Room } from '../../../../local/kernel/resource.ts';
import { createStates } from '../../../../local/services/states/states.ts';
import { type Bench, bench } from '../../support.ts';
import { declare, functions, type Handler, until } from './ports.ts';

export const FUNCTION = 'arn:aws:lambda:xx-local-1:000000000000:function';
export const INVOKE = 'arn:aws:states:::lambda:invoke';

const noBuilds: BuildRunner = {
  start: async () => Promise.reject(new Error('no builds here')),
  ended: async () => Promise.reject(new Error('no builds here')),
  stop: async () => undefined,
};

export interface Setup {
  readonly at: Bench;
  readonly sfn: SFNClient;
  readonly events: { readonly detail: unknown }[];
  declare(states: object, more?: object): Promise<string>;
  run(machine: string, input?: unknown): Promise<{ status: string; output: unknown; error?: string; cause?: string }>;
}

const open: Bench[] = [];
afterEach(async () => {
  for (const at of open.splice(0)) await at.close();
});

/** A machine's room behind an SDK client, with `handlers` as its functions. Closed after the test. */
export async function setUp(
  handlers: Readonly<Record<string, Handler>> = {},
  statements?: readonly object[],
): Promise<Setup> {
  const events: { readonly detail: unknown }[] = [];
  let room: Room | undefined;
  const at = await bench((kernel) => {
    room = createStates(kernel, {
      lambda: functions(kernel, handlers),
      builds: noBuilds,
      events: { publish: async (event) => void events.push(event) },
      assets: { path: () => undefined },
    });
    return [room];
  });
  open.push(at);
  const allowed = statements ?? [{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: `${FUNCTION}:*` }];
  const role = at.role('machine', allowed, ['states.amazonaws.com']);
  const sfn = new SFNClient(at.client());
  return {
    at,
    sfn,
    events,
    async declare(states, more = {}) {
      const definition = { QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states, ...more };
      const { ref } = await declare(at.kernel, room ?? {}, 'AWS::StepFunctions::StateMachine', {
        DefinitionString: JSON.stringify(definition),
        RoleArn: role.kind === 'role' ? role.arn : '',
      });
      return ref;
    },
    async run(stateMachineArn, input = {}) {
      const { executionArn } = await sfn.send(
        new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
      );
      const { status = '', output, error, cause } = await ended(sfn, executionArn);
      return {
        status,
        output: output === undefined ? undefined : JSON.parse(output),
        ...(error === undefined ? {} : { error }),
        ...(cause === undefined ? {} : { cause }),
      };
    },
  };
}

/** The execution once it has ended. */
export function ended(sfn: SFNClient, executionArn: string | undefined) {
  return until(`${executionArn} has ended`, async () => {
    const found = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    return found.status === 'RUNNING' ? undefined : found;
  });
}

/** An error that a function throws. */
export class Busy extends Error {
  override readonly name = 'Busy';
}
