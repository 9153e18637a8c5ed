import type { Principal } from '../../kernel/iam.ts';
import { ACCOUNT, type Kernel, REGION } from '../../kernel/kernel.ts';
import type { BuildRunner, FunctionInvoker, Invocation } from '../../kernel/ports.ts';
import { AwsError } from '../../kernel/service.ts';
import { unlessAborted } from './clock.ts';
import { Interrupted, StateError } from './errors.ts';
import { isObject, type Json } from './json.ts';

const INVOKE = 'arn:aws:states:::lambda:invoke';
const WAIT = '.waitForTaskToken';
const INVOKE_AND_WAIT = `${INVOKE}${WAIT}`;
const BUILD = 'arn:aws:states:::codebuild:startBuild.sync';
const FUNCTION_ARN = /^arn:aws:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/;

/** The supported arguments of each optimised integration. Any other is refused by name. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  [INVOKE]: ['FunctionName', 'Payload'],
  [INVOKE_AND_WAIT]: ['FunctionName', 'Payload'],
  [BUILD]: ['ProjectName', 'EnvironmentVariablesOverride', 'LogsConfigOverride', 'TimeoutInMinutesOverride'],
};

/** One run of a Task: its target, its arguments and its principal. `token` stays the same when a run is repeated after a restart. */
export interface TaskCall {
  readonly resource: string;
  readonly args: Json;
  readonly token: string;
  readonly principal: Principal;
  readonly signal: AbortSignal;
}

export type TaskRunner = (call: TaskCall) => Promise<Json>;

/** The name of a Task's resource in the history: Lambda functions have their own events. */
export function describeResource(resource: string): { readonly resourceType: string; readonly resource: string } {
  if (FUNCTION_ARN.test(resource)) return { resourceType: 'function', resource };
  const [resourceType = '', action = ''] = resource.slice('arn:aws:states:::'.length).split(':');
  return { resourceType, resource: action };
}

/** True for a Task that ends by an answer to its token. */
export function waitsForToken(resource: string): boolean {
  return resource.endsWith(WAIT);
}

/** Refuses, through `refuse`, a Task with an integration or arguments that are not emulated. */
export function checkIntegration(
  state: Readonly<Record<string, unknown>>,
  refuse: (field: string, message: string) => Error,
): void {
  const resource = state.Resource;
  if (typeof resource !== 'string') throw refuse('Resource', 'must be an ARN');
  if (FUNCTION_ARN.test(resource)) return;
  const known = ARGUMENTS[resource];
  if (known === undefined) throw refuse('Resource', `${resource} is an integration that is not emulated`);
  const args = state.Arguments;
  if (!isObject(args)) throw refuse('Arguments', 'must be an object');
  const unknown = Object.keys(args).find((name) => !known.includes(name));
  if (unknown !== undefined) throw refuse(`Arguments/${unknown}`, `is an argument of ${resource} that is not emulated`);
}

/** Runs tasks against Lambda and CodeBuild. Errors have Step Functions' names (`Lambda.Unknown`, `States.TaskFailed`). */
export function createTasks(kernel: Kernel, lambda: FunctionInvoker, builds: BuildRunner): TaskRunner {
  async function invoke(functionArn: string, payload: Json, call: TaskCall): Promise<Json> {
    let invocation: Invocation;
    try {
      invocation = await unlessAborted(lambda.invoke(functionArn, payload, call.principal), call.signal);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const denied = error.code === 'AccessDeniedException';
      throw new StateError(denied ? 'Lambda.AWSLambdaException' : `Lambda.${error.code}`, error.message);
    }
    if (invocation.ok) return (invocation.payload ?? null) as Json;
    const { errorMessage, errorType } = invocation;
    throw new StateError(errorType || 'Lambda.Unknown', JSON.stringify({ errorMessage, errorType }));
  }

  async function build(call: TaskCall): Promise<Json> {
    const rule = `arn:aws:events:${REGION}:${ACCOUNT}:rule/StepFunctionsGetEventForCodeBuildStartBuildRule`;
    const input = rekey(call.args, (key) => key.charAt(0).toLowerCase() + key.slice(1)) as Readonly<
      Record<string, Json>
    >;
    let ended: Readonly<Record<string, unknown>>;
    try {
      for (const action of ['events:PutTargets', 'events:PutRule', 'events:DescribeRule']) {
        kernel.iam.require(call.principal, { action, resource: rule });
      }
      const id = await builds.start({ ...input, idempotencyToken: call.token }, call.principal);
      ended = await builds.ended(id, call.principal, call.signal).catch(async (error: unknown) => {
        if (error instanceof Interrupted && error.interruption !== 'shutdown') {
          await builds
            .stop(id, call.principal)
            .catch((failure: Error) => kernel.note(`build ${id}: ${failure.message}`));
        }
        throw error;
      });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      throw new StateError(`CodeBuild.${error.code}`, error.message);
    }
    const Build = rekey(ended as Json, (key) => key.charAt(0).toUpperCase() + key.slice(1));
    if (ended.buildStatus !== 'SUCCEEDED') throw new StateError('States.TaskFailed', JSON.stringify({ Build }));
    return { Build };
  }

  return async (call) => {
    if (call.resource === BUILD) return build(call);
    if (call.resource !== INVOKE && call.resource !== INVOKE_AND_WAIT) return invoke(call.resource, call.args, call);
    const { FunctionName, Payload = {} } = call.args as Readonly<Record<string, Json>>;
    const named = String(FunctionName);
    const arn = named.startsWith('arn:') ? named : `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${named}`;
    return { ExecutedVersion: '$LATEST', Payload: await invoke(arn, Payload, call), StatusCode: 200 };
  };
}

/** CodeBuild's names are `camelCase` on the wire and `PascalCase` in a definition, where times are in milliseconds. */
function rekey(value: Json, rename: (key: string) => string): Json {
  if (Array.isArray(value)) return value.map((part: Json) => rekey(part, rename));
  if (!isObject(value)) return value;
  const entries = Object.entries(value as Readonly<Record<string, Json>>);
  return Object.fromEntries(
    entries.map(([key, part]) => {
      const time = typeof part === 'number' && key.endsWith('Time');
      return [rename(key), time ? Math.round(part * 1000) : rekey(part, rename)];
    }),
  );
}
