import type { FunctionInvoker } from '../../kernel/ports.ts';
import { type AnyOperation, AwsError, type Operation } from '../../kernel/service.ts';
import { functionArn } from './function.ts';

interface InvokeInput {
  readonly FunctionName: string;
  /** Base64. */
  readonly Payload?: string;
  readonly InvocationType?: string;
  readonly LogType?: string;
}

/** Lambda's operations for an operator: one synchronous invocation. */
export function createOperations({ invoke }: FunctionInvoker): Readonly<Record<string, AnyOperation>> {
  const Invoke: Operation<InvokeInput, unknown> = {
    uses: ['FunctionName', 'Payload', 'InvocationType', 'LogType'],
    access: ({ FunctionName }) => [{ action: 'lambda:InvokeFunction', resource: functionArn(FunctionName) }],
    async handle({ FunctionName, Payload = '', InvocationType = 'RequestResponse', LogType = 'None' }, { principal }) {
      if (InvocationType !== 'RequestResponse') {
        throw new AwsError('InvalidParameterValueException', `InvocationType ${InvocationType} is not emulated.`);
      }
      const answer = await invoke(FunctionName, eventOf(Payload), principal);
      const { errorType, errorMessage } = answer.ok ? {} : answer;
      return {
        StatusCode: 200,
        ExecutedVersion: '$LATEST',
        Payload: base64(JSON.stringify(answer.ok ? answer.payload : { errorType, errorMessage })),
        ...(answer.ok ? {} : { FunctionError: 'Unhandled' }),
        ...(LogType === 'Tail' ? { LogResult: base64(answer.logTail) } : {}),
      };
    },
  };
  return { Invoke };
}

function eventOf(payload: string): unknown {
  const text = Buffer.from(payload, 'base64').toString('utf8');
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    throw new AwsError('InvalidRequestContentException', 'Could not parse request body into json.');
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
