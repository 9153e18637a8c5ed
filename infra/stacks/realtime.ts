import { Stack } from 'aws-cdk-lib';
import { WebSocketApi, WebSocketRoute, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import { GantryFunction } from '../constructs/function.ts';
import { closeConnections, type Link, manageConnections, tableReadWrite } from '../constructs/links.ts';
import type { Platform } from '../constructs/platform.ts';
import type { DataStack } from './data.ts';
import { type EdgeStack, LIVE } from './edge.ts';

const ROUTE_KEYS = { Connect: '$connect', Message: '$default', Disconnect: '$disconnect' };

export interface RealtimeProps {
  readonly platform: Platform;
  readonly data: DataStack;
  readonly edge: EdgeStack;
}

/** The WebSocket API, over which clients follow deployments and logs. */
export class RealtimeStack extends Stack {
  /** For functions that send frames. */
  readonly send: Link;
  /** For functions that end connections. */
  readonly close: Link;

  constructor(scope: Construct, id: string, { platform, data, edge }: RealtimeProps) {
    const { stage } = platform;
    super(scope, id, { description: `Gantry ${stage.stage}: realtime` });
    const api = WebSocketApi.fromWebSocketApiAttributes(this, 'Api', { webSocketId: edge.live.apiId });
    const live = new WebSocketStage(this, 'Live', {
      webSocketApi: api,
      stageName: LIVE,
      autoDeploy: true,
      throttle: { rateLimit: 500, burstLimit: 500 },
    });
    this.send = manageConnections(api, live);
    this.close = closeConnections(api, live);

    const handler = new GantryFunction(this, 'Socket', {
      platform,
      entry: 'realtime/socket',
      description: 'Opens connections for tickets, subscribes them to topics, and forgets closed ones',
      links: [tableReadWrite(data.table), this.send, edge.behindEdge],
    });
    const keys = new Construct(this, 'Routes');
    for (const [name, routeKey] of Object.entries(ROUTE_KEYS)) {
      const integration = new WebSocketLambdaIntegration(name, handler);
      new WebSocketRoute(keys, name, { webSocketApi: api, routeKey, integration });
    }
  }
}
