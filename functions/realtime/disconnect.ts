import { disconnect } from '@gantry/core/realtime/connections.ts';
import { socket } from '@gantry/runtime/socket.ts';

export const handler = socket((connectionId) => disconnect(connectionId));
