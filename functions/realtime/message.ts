import { receive } from '@gantry/core/realtime/messages.ts';
import { socket } from '@gantry/runtime/socket.ts';

export const handler = socket((connectionId, { body }) => receive(connectionId, body ?? ''));
