import { statSync } from 'node:fs';
import { ACCOUNT, REGION } from '../../kernel/kernel.ts';
import type { AssetLocator } from '../../kernel/ports.ts';
import type { Place } from '../../kernel/resource.ts';
import { AwsError } from '../../kernel/service.ts';
import type { LogFormat } from './protocol.ts';

/** A function of the template. */
export interface FunctionDefinition {
  readonly name: string;
  readonly arn: string;
  readonly codeDir: string;
  readonly handler: string;
  readonly roleArn: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly variables: Readonly<Record<string, string>>;
  readonly logGroup: string;
  readonly logFormat: LogFormat;
}

/** Names reserved by Lambda; CloudFormation refuses a function that declares one. */
const RESERVED =
  /^(_HANDLER|_X_AMZN_TRACE_ID|LAMBDA_TASK_ROOT|LAMBDA_RUNTIME_DIR|AWS_(REGION|DEFAULT_REGION|ACCESS_KEY(_ID)?|SECRET_ACCESS_KEY|SESSION_TOKEN|EXECUTION_ENV|LAMBDA_.*))$/;

interface FunctionProperties {
  readonly Code: { readonly S3Bucket: string; readonly S3Key: string };
  readonly Runtime?: string;
  readonly Handler?: string;
  readonly Role: string;
  readonly FunctionName?: string;
  readonly Timeout?: number | string;
  readonly MemorySize?: number | string;
  readonly Environment?: { readonly Variables?: Readonly<Record<string, unknown>> };
  readonly LoggingConfig?: { readonly LogGroup?: string; readonly LogFormat?: LogFormat };
}

/**
 * Reads `AWS::Lambda::Function`. Throws a `ValidationException` that names the property when Lambda would refuse it, or when the local cloud cannot
 * play it (any runtime but nodejs24.x).
 */
export function defineFunction(
  properties: Readonly<Record<string, unknown>>,
  place: Place,
  assets: AssetLocator,
): FunctionDefinition {
  const declared = properties as unknown as FunctionProperties;
  const refuse = (what: string) => new AwsError('ValidationException', `${place.at}: ${what}`);
  if (declared.Runtime !== 'nodejs24.x') throw refuse(`Runtime must be nodejs24.x, not ${declared.Runtime}.`);
  if (!declared.Handler?.includes('.')) throw refuse('Handler must read "<file>.<export>".');
  const timeoutSeconds = Number(declared.Timeout ?? 3);
  if (!(timeoutSeconds >= 1 && timeoutSeconds <= 900)) throw refuse('Timeout must be 1 to 900 seconds.');
  const memoryMb = Number(declared.MemorySize ?? 128);
  if (!(memoryMb >= 128 && memoryMb <= 10_240)) throw refuse('MemorySize must be 128 to 10240 MB.');
  const variables = Object.entries(declared.Environment?.Variables ?? {}).map(([name, value]) => {
    if (RESERVED.test(name)) throw refuse(`Environment.Variables.${name} is reserved by Lambda.`);
    return [name, String(value)] as const;
  });
  const codeDir = assets.path(declared.Code.S3Bucket, declared.Code.S3Key);
  if (codeDir === undefined || !statSync(codeDir, { throwIfNoEntry: false })?.isDirectory()) {
    throw refuse('Code is no folder of the assembly. Synthesize the app again.');
  }
  const name = declared.FunctionName ?? place.name(64);
  return {
    name,
    arn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`,
    codeDir,
    handler: declared.Handler,
    roleArn: declared.Role,
    timeoutSeconds,
    memoryMb,
    variables: Object.fromEntries(variables),
    logGroup: declared.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`,
    logFormat: declared.LoggingConfig?.LogFormat ?? 'Text',
  };
}

/** The function's ARN from a name, an ARN or an ARN with `:$LATEST`, the only version there is. */
export function functionArn(reference: string): string {
  if (!reference.startsWith('arn:')) return `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${reference}`;
  return reference.split(':').slice(0, 7).join(':');
}
