import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createIam } from '../../../../local/iam/iam.ts';
import type { Kernel } from '../../../../local/kernel/kernel.ts';
import { Meter } from '../../../../local/kernel/meter.ts';
import type { EventPublisher } from '../../../../local/kernel/ports.ts';
import { Store } from '../../../../local/kernel/store.ts';
import { createCodeBuild } from '../../../../local/services/codebuild/codebuild.ts';
import { createStates } from '../../../../local/services/states/states.ts';
import { declare, functions, logSink } from './ports.ts';

/**
 * A process that tests kill: the machine's and the build's rooms over the data folder in `argv[2]`, with the state machine in `argv[3]`. It prints
 * each call of a function, each line of a build, and each event, as a JSON line. With `deaf` in `argv[5]` nobody takes the events.
 */
const [, , dataDir = '', states = '{}', buildspec = '', ears = ''] = process.argv;
const say = (line: object) => void process.stdout.write(`${JSON.stringify(line)}\n`);

const kernel: Kernel = {
  dataDir,
  addresses: { front: 'http://127.0.0.1:1', aws: 'http://127.0.0.1:2', kubernetes: 'http://127.0.0.1:3' },
  iam: createIam(),
  meter: new Meter(),
  store: new Store(join(dataDir, 'state.db')),
  note: (note) => say({ note }),
};
const role = 'arn:aws:iam::000000000000:role/all';
const services = ['states.amazonaws.com', 'codebuild.amazonaws.com'];
kernel.iam.declareRole(
  role,
  { Statement: [{ Effect: 'Allow', Principal: { Service: services }, Action: 'sts:AssumeRole' }] },
  'test/role',
);
kernel.iam.attach([role], { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }, 'test/policy');

const sink = logSink(kernel);
const logs: typeof sink = {
  ...sink,
  async write(group, stream, lines, principal) {
    for (const { message } of lines) say({ line: message });
    await sink.write(group, stream, lines, principal);
  },
};
const assets = { path: () => undefined };
const events: EventPublisher = {
  publish: async ({ source, detail }) =>
    ears === 'deaf'
      ? new Promise<never>(() => undefined)
      : say(source === 'aws.codebuild' ? { build: detail } : { event: detail }),
};
const codebuild = createCodeBuild(kernel, { logs, assets, events });
const lambda = functions(kernel, {
  quick(event: { name: string }) {
    say({ called: event.name });
    return event.name;
  },
  /** Prints its token. */
  token(event: { token: string }) {
    say({ token: event.token });
  },
  async slowToken(event: { token: string }) {
    say({ token: event.token });
    await new Promise((resolve) => setTimeout(resolve, 700));
  },
  slow(event: { name: string }) {
    say({ called: event.name });
    return new Promise((resolve) => setTimeout(() => resolve(event.name), 700));
  },
});
// A hopeless wait must not keep a process alive, and the test wants to kill this one.
if (ears === 'deaf') setInterval(() => undefined, 60_000);
const room = createStates(kernel, {
  lambda,
  builds: codebuild.builds,
  assets,
  events,
});

await declare(kernel, codebuild, 'AWS::CodeBuild::Project', {
  Name: 'project',
  ServiceRole: role,
  Source: { Type: 'NO_SOURCE', BuildSpec: buildspec || '{"version":"0.2","phases":{}}' },
  Artifacts: { Type: 'NO_ARTIFACTS' },
  Environment: {},
});
const { ref } = await declare(kernel, room, 'AWS::StepFunctions::StateMachine', {
  StateMachineName: 'machine',
  DefinitionString: states,
  RoleArn: role,
});
await codebuild.start?.();
await room.start?.();
const [service] = room.services ?? [];
const call = { principal: { kind: 'operator' }, requestId: '1', region: 'xx-local-1' } as const;
// Each line of input is a token whose task succeeds.
createInterface({ input: process.stdin }).on('line', (taskToken) => {
  const answer = { taskToken, output: '"answered"' };
  service?.operations.SendTaskSuccess?.handle(answer as never, call);
});
const input = { stateMachineArn: ref, name: 'one', input: '{}' };
try {
  await service?.operations.StartExecution?.handle(input as never, call);
} catch (error) {
  say({ refused: (error as Error).name });
}
