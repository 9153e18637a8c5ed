import { AwsError } from '../../kernel/service.ts';
import type { Engine, Json } from './engine.ts';
import { type EngineProcess, ToolError } from './process.ts';

/** An operation's input fields, by their names in the tool. Only the fields themselves are renamed; their contents stay. */
const TOOLS: Readonly<Record<string, (input: Json) => unknown>> = {
  GetItem: renamed,
  PutItem: renamed,
  UpdateItem: renamed,
  DeleteItem: renamed,
  Query: renamed,
  Scan: renamed,
  TransactGetItems: renamed,
  TransactWriteItems: renamed,
  BatchGetItem: ({ RequestItems }) => ({
    request_items: Object.fromEntries(
      Object.entries(RequestItems as Readonly<Record<string, Json>>).map(([name, asked]) => [name, renamed(asked)]),
    ),
  }),
  CreateTable: renamed,
  UpdateTable: renamed,
  DescribeTable: (input) => ({ ...renamed(input), raw: true }),
  DeleteTable: renamed,
  DescribeStream: renamed,
  GetShardIterator: renamed,
  GetRecords: renamed,
};

/** The engine in a child process as the room calls it: operations become calls of its tools, refusals `AwsError`s. */
export function createToolEngine(process: EngineProcess): Engine {
  return {
    async call(target, input) {
      const operation = target.slice(target.indexOf('.') + 1);
      const tool = TOOLS[operation];
      if (tool === undefined) throw new Error(`the DynamoDB engine has no tool for ${operation}`);
      try {
        return JSON.parse(await process.call(snake(operation), tool(input as Json))) as Json;
      } catch (error) {
        throw error instanceof ToolError ? refusal(error.message) : error;
      }
    },
    close: () => undefined,
  };
}

function renamed(input: Json): Json {
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [snake(name), value]));
}

/** `ReturnValuesOnConditionCheckFailure` → `return_values_on_condition_check_failure` */
function snake(name: string): string {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase();
}

const CANCELLED = 'TransactionCanceledException';

/** AWS's error of a tool. The reasons of a cancelled transaction are only in its message. */
function refusal(text: string): AwsError {
  const { error_type: code, message } = parsed(text);
  if (code !== CANCELLED) return new AwsError(code, message, code === 'InternalServerError' ? 500 : 400);
  const [, codes = ''] = /\[([A-Za-z, ]*)\]$/.exec(message) ?? [];
  const CancellationReasons = codes
    .split(', ')
    .map((Code) =>
      Code === 'ConditionalCheckFailed' ? { Code, Message: 'The conditional request failed' } : { Code },
    );
  return new AwsError(code, message, 400, { CancellationReasons });
}

function parsed(text: string): { readonly error_type: string; readonly message: string } {
  try {
    const { error_type, message } = JSON.parse(text) as Record<string, unknown>;
    return { error_type: String(error_type), message: String(message) };
  } catch {
    return { error_type: 'ValidationException', message: text };
  }
}
