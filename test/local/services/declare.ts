import type { Kernel } from '../../../local/kernel/kernel.ts';
import type { Declared, Room } from '../../../local/kernel/resource.ts';

/** Declares one resource of a template through its room, as the assembly does. Names follow from the logical id. */
export async function declare(
  kernel: Kernel,
  room: Room,
  type: string,
  logicalId: string,
  properties: Readonly<Record<string, unknown>>,
): Promise<Declared> {
  const handler = room.resources?.find((each) => each.type === type);
  if (handler === undefined) throw new Error(`the room does not know ${type}`);
  return handler.declare(properties, {
    stack: 'test',
    logicalId,
    at: `test/${logicalId}`,
    name: (maxLength = 255) => `test-${logicalId}`.slice(0, maxLength),
    kernel,
  });
}
