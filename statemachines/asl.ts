import { errorKinds } from '@gantry/contract/errors.ts';
import type {
  Assignments,
  Choice,
  Expression,
  Fail,
  Integration,
  Machine,
  Repeats,
  State,
  Step,
  Undo,
  Wait,
} from './machine.ts';

type Json = Readonly<Record<string, unknown>>;

/** Lambda's errors when the platform, not the function, failed. */
const LAMBDA_FAILED = [
  'Lambda.TooManyRequestsException',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
];
/** Lambda's error when a function exceeded its time limit. */
const TIMED_OUT = 'Sandbox.Timedout';
/** The contract's own retryable kinds, which `runtime/step.ts` throws as errors of the same name. */
const RETRYABLE = Object.entries(errorKinds).flatMap(([kind, { retryable }]) => (retryable ? [kind] : []));

const CAUSE = "$exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : ''";

/** The machine as Amazon States Language, with `${Substitutions}` for values that only the template knows. */
export function aslOf(machine: Machine): Json {
  const states = Object.entries(machine.states);
  const first = states[0]?.[0];
  return {
    Comment: machine.comment,
    QueryLanguage: 'JSONata',
    TimeoutSeconds: machine.timeoutSeconds,
    StartAt: first,
    States: Object.fromEntries(
      states.map(([name, state]) => [name, { ...head(state), ...body(machine, name, state, name === first) }]),
    ),
  };
}

function head(state: State): Json {
  const types = {
    step: 'Task',
    integration: 'Task',
    undo: 'Task',
    choice: 'Choice',
    wait: 'Wait',
    succeed: 'Succeed',
    fail: 'Fail',
  };
  return { Type: types[state.type], ...(state.comment !== undefined && { Comment: state.comment }) };
}

function body(machine: Machine, name: string, state: State, isFirst: boolean): Json {
  switch (state.type) {
    case 'step':
      return step(machine, name, state, isFirst);
    case 'undo':
      return undo(machine, name, state);
    case 'integration':
      return integration(machine, name, state);
    case 'choice':
      return choice(state);
    case 'wait':
      return wait(state);
    case 'fail':
      return fail(state);
    case 'succeed':
      return { Output: {} };
  }
}

function step(machine: Machine, name: string, row: Step, isFirst: boolean): Json {
  const subject = { [machine.subject]: isFirst ? subjectOf(machine) : wrap(`$${machine.subject}`) };
  const errors = [...LAMBDA_FAILED, ...(row.finalTimeout ? [] : [TIMED_OUT]), ...RETRYABLE];
  const assign = { ...(isFirst && subject), ...(row.assign && assignments(row.assign)) };
  return {
    ...invoke(machine, name, subject, row.payload, row.waitsForToken),
    ...(Object.keys(assign).length > 0 && { Assign: assign }),
    Output: row.output === undefined ? {} : wrap(row.output),
    TimeoutSeconds: row.timeoutSeconds,
    Retry: [retry(errors, row.repeats)],
    // The first step's own assignment is lost when the step fails, and later states need the subject.
    Catch: [caught({ ...(isFirst && subject), failure: failureOf(name) }, machine.onFailure)],
    ...(row.next === undefined ? { End: true } : { Next: row.next }),
  };
}

function undo(machine: Machine, name: string, row: Undo): Json {
  return {
    ...invoke(machine, name, { [machine.subject]: wrap(`$${machine.subject}`) }, row.payload),
    Output: {},
    TimeoutSeconds: row.timeoutSeconds,
    Retry: [retry(['States.ALL'], row.repeats)],
    Catch: [caught({ [`${name.toLowerCase()}Cause`]: wrap(CAUSE) }, row.failed)],
    Next: row.next,
  };
}

function integration(machine: Machine, name: string, row: Integration): Json {
  return {
    Resource: `arn:\${Partition}:states:::${row.resource}`,
    Arguments: row.arguments,
    ...(row.assign && { Assign: assignments(row.assign) }),
    Output: {},
    TimeoutSeconds: row.timeoutSeconds,
    Retry: [retry(row.repeatOn, row.repeats)],
    Catch: [caught({ failure: failureOf(name) }, machine.onFailure)],
    Next: row.next,
  };
}

function invoke(
  { countsAttempts }: Machine,
  name: string,
  subject: Json,
  payload: Readonly<Record<string, Expression>> = {},
  waitsForToken = false,
): Json {
  return {
    Resource: `arn:\${Partition}:states:::lambda:invoke${waitsForToken ? '.waitForTaskToken' : ''}`,
    Arguments: {
      FunctionName: `\${${name}Function}`,
      Payload: {
        step: name,
        ...(countsAttempts && { attempt: wrap('$states.context.State.RetryCount + 1') }),
        ...subject,
        ...assignments(payload),
        ...(waitsForToken && { taskToken: wrap('$states.context.Task.Token') }),
      },
    },
  };
}

function choice({ when, otherwise }: Choice): Json {
  return { Choices: when.map(([condition, next]) => ({ Condition: wrap(condition), Next: next })), Default: otherwise };
}

function wait({ seconds, assign, next }: Wait): Json {
  return { Seconds: wrap(seconds), ...(assign && { Assign: assignments(assign) }), Output: {}, Next: next };
}

function fail({ error, cause }: Fail): Json {
  return { Error: typeof error === 'string' ? wrap(error) : error.name, Cause: wrap(cause) };
}

function subjectOf({ subjectFields }: Machine): unknown {
  if (subjectFields === undefined) return wrap('$states.input');
  return Object.fromEntries(subjectFields.map((field) => [field, wrap(`$states.input.${field}`)]));
}

function failureOf(state: string): Json {
  return { state, error: wrap('$states.errorOutput.Error'), cause: wrap(CAUSE) };
}

function caught(assign: Json, next: string): Json {
  return { ErrorEquals: ['States.ALL'], Assign: assign, Output: {}, Next: next };
}

function retry(errors: readonly string[], { attempts, firstWaitSeconds, longestWaitSeconds }: Repeats): Json {
  return {
    ErrorEquals: errors,
    IntervalSeconds: firstWaitSeconds,
    BackoffRate: 2,
    MaxDelaySeconds: longestWaitSeconds,
    MaxAttempts: attempts,
    JitterStrategy: 'FULL',
  };
}

function assignments(values: Assignments): Json {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? wrap(value) : value]),
  );
}

/** Marks JSONata, so that Step Functions tells it from a plain string. */
function wrap(expression: Expression): string {
  return `{% ${expression} %}`;
}
