import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { clientDefaults } from './client.ts';
import { environment } from './environment.ts';
import { available, awsErrorName } from './failures.ts';

let client: ApiGatewayManagementApiClient | undefined;

function connections(): ApiGatewayManagementApiClient {
  client ??= new ApiGatewayManagementApiClient({ ...clientDefaults, endpoint: environment('REALTIME_ENDPOINT') });
  return client;
}

/**
 * Sends text (at most 128 KB, billed per 32 KB) to a WebSocket connection; `gone` for a closed one.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
export async function postToConnection(connectionId: string, text: string): Promise<'sent' | 'gone'> {
  const command = new PostToConnectionCommand({ ConnectionId: connectionId, Data: Buffer.from(text) });
  try {
    await available('The realtime API', () => connections().send(command));
    return 'sent';
  } catch (error) {
    if (awsErrorName(error) === 'GoneException') return 'gone';
    throw error;
  }
}

/** Closes a WebSocket connection; harmless when it is closed already. */
export async function closeConnection(connectionId: string): Promise<void> {
  const command = new DeleteConnectionCommand({ ConnectionId: connectionId });
  try {
    await available('The realtime API', () => connections().send(command));
  } catch (error) {
    if (awsErrorName(error) !== 'GoneException') throw error;
  }
}
