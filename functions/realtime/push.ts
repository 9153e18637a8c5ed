import { push } from '@gantry/core/realtime/push.ts';
import { react } from '@gantry/runtime/react.ts';

export const handler = react(push);
