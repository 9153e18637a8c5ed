import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { placeOf } from '../../../../local/assembly/place.ts';
import { ACCOUNT, type Kernel, REGION } from '../../../../local/kernel/kernel.ts';
import type { LogWriter } from '../../../../local/kernel/ports.ts';
import type { Declared, Room } from '../../../../local/kernel/resource.ts';

export { until } from '../../../until.ts';

/** Declares one resource as the assembly does, and returns the values of `Ref` and `Fn::GetAtt`. */
export async function declare(
  kernel: Kernel,
  room: Room,
  type: string,
  logicalId: string,
  properties: Readonly<Record<string, unknown>>,
): Promise<Declared> {
  const resource = room.resources?.find((each) => each.type === type);
  if (resource === undefined) throw new Error(`no room declares ${type}`);
  return resource.declare(properties, placeOf(kernel, 'test', logicalId));
}

/** Writes each function's `index.mjs` into a folder of the kernel's, in place of the assembly's assets. */
export function assetsOf(kernel: Kernel, sources: Readonly<Record<string, string>>) {
  for (const [key, source] of Object.entries(sources)) {
    const folder = join(kernel.dataDir, 'assets', key);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'index.mjs'), source);
  }
  return { path: (_bucket: string, key: string) => join(kernel.dataDir, 'assets', key) };
}

/** Declares the role of the functions, with these statements and the statement for its log. Returns its ARN. */
export function functionRole(kernel: Kernel, name: string, statements: readonly object[] = []): string {
  const arn = `arn:aws:iam::${ACCOUNT}:role/${name}`;
  const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' } as const;
  kernel.iam.declareRole(arn, { Statement: [trust] }, `test/${name}`);
  const log = { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: '*' };
  kernel.iam.attach([arn], { Statement: [log, ...statements] as never }, `test/${name}Policy`);
  return arn;
}

/** The template's properties of a function with the code of the asset `key`. */
export function functionProperties(key: string, role: string, more: Readonly<Record<string, unknown>> = {}) {
  return {
    Code: { S3Bucket: 'assets', S3Key: key },
    Handler: 'index.handler',
    Runtime: 'nodejs24.x',
    Role: role,
    FunctionName: key,
    Timeout: 5,
    ...more,
  };
}

export function arnOf(functionName: string): string {
  return `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${functionName}`;
}

/** Lines as they reach CloudWatch Logs, by log group. */
export function logSink(): LogWriter & { linesOf(group: string): readonly string[] } {
  const lines = new Map<string, string[]>();
  return {
    linesOf: (group) => lines.get(group) ?? [],
    async write(group, _stream, batch) {
      lines.set(group, [...(lines.get(group) ?? []), ...batch.map(({ message }) => message)]);
    },
  };
}
