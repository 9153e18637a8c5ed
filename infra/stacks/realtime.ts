import { Stack } from 'aws-cdk-lib';
import { WebSocketApi, WebSocketRoute, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import { GantryFunction } from '../constructs/function.ts';
import { closeConnections, type Link, manageConnections, tableReadWrite, tableWrite } from '../constructs/links.ts';
import type { Platform } from '../constructs/platform.ts';
import type { DataStack } from './data.ts';
import { type EdgeStack, LIVE } from './edge.ts';

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

    const keys = new Construct(this, 'Routes');
    const write = tableWrite(data.table);
    const routes = [
      ['$connect', 'Connect', 'Opens a connection for a ticket', [write, edge.behindEdge]],
      [
        '$default',
        'Message',
        'Subscribes a connection to topics and ends subscriptions',
        [tableReadWrite(data.table), this.send],
      ],
      ['$disconnect', 'Disconnect', 'Forgets a connection', [write]],
    ] as const;
    for (const [key, name, description, links] of routes) {
      const handler = new GantryFunction(this, name, {
        platform,
        entry: `realtime/${name.toLowerCase()}`,
        description,
        links,
      });
      const integration = new WebSocketLambdaIntegration(name, handler);
      new WebSocketRoute(keys, name, { webSocketApi: api, routeKey: key, integration });
    }
  }
}
