import { placeOf } from '../../../../local/assembly/place.ts';
import { refusedProperties } from '../../../../local/assembly/plan.ts';
import type { Kernel } from '../../../../local/kernel/kernel.ts';
import type { FunctionInvoker, LogWriter } from '../../../../local/kernel/ports.ts';
import type { Declared, Room } from '../../../../local/kernel/resource.ts';

export { until } from '../../../until.ts';

/** Declares one resource as the assembly does, and refuses unknown properties first. */
export async function declare(
  kernel: Kernel,
  room: Room,
  type: string,
  properties: Readonly<Record<string, unknown>>,
  logicalId = 'It',
): Promise<Declared> {
  const found = room.resources?.find((each) => each.type === type);
  if (found === undefined) throw new Error(`the room does not play ${type}`);
  const refused = refusedProperties(found, properties);
  if (refused.length > 0) throw new Error(`property ${refused.join(', ')} of ${type} is not emulated`);
  return found.declare(properties, placeOf(kernel, 'test', logicalId));
}

export type Handler = (event: never) => unknown;

/** Lambda as a port: functions by name; the kernel's IAM decides each call. A thrown error is the function's error. */
export function functions(kernel: Kernel, handlers: Readonly<Record<string, Handler>>): FunctionInvoker {
  return {
    async invoke(functionArn, event, principal) {
      kernel.iam.require(principal, { action: 'lambda:InvokeFunction', resource: functionArn });
      try {
        const handler = handlers[functionArn.slice(functionArn.lastIndexOf(':') + 1)];
        return { ok: true, payload: await handler?.(event as never), logTail: '' };
      } catch (error) {
        const { name, message } = error as Error;
        return { ok: false, errorType: name, errorMessage: message, logTail: '' };
      }
    },
  };
}

/** CloudWatch Logs as a port: the written lines, by `<group> <stream>`; the kernel's IAM decides each write. */
export function logSink(kernel: Kernel): LogWriter & { readonly written: Map<string, string[]> } {
  const written = new Map<string, string[]>();
  return {
    written,
    async write(group, stream, lines, principal) {
      const resource = `arn:aws:logs:xx-local-1:000000000000:log-group:${group}:log-stream:${stream}`;
      kernel.iam.require(principal, { action: 'logs:PutLogEvents', resource });
      const key = `${group} ${stream}`;
      written.set(key, [...(written.get(key) ?? []), ...lines.map(({ message }) => message)]);
    },
  };
}
