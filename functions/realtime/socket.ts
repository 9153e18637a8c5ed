import { connect, disconnect } from '@gantry/core/realtime/connections.ts';
import { receive } from '@gantry/core/realtime/messages.ts';
import { requireEdge } from '@gantry/runtime/edge.ts';
import { socket } from '@gantry/runtime/socket.ts';

/** The three routes of the WebSocket API. One function serves them, so that a client's first subscription finds the function that connected it. */
export const handler = socket({
  async $connect(connectionId, { headers, queryStringParameters }) {
    requireEdge(headers);
    await connect(connectionId, queryStringParameters?.ticket);
  },
  $default: (connectionId, { body }) => receive(connectionId, body ?? ''),
  $disconnect: (connectionId) => disconnect(connectionId),
});
