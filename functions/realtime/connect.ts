import { connect } from '@gantry/core/realtime/connections.ts';
import { requireEdge } from '@gantry/runtime/edge.ts';
import { socket } from '@gantry/runtime/socket.ts';

export const handler = socket(async (connectionId, { headers, queryStringParameters }) => {
  requireEdge(headers);
  await connect(connectionId, queryStringParameters?.ticket);
});
