import { Stack } from 'aws-cdk-lib';
import { WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Construct } from 'constructs';
import { GantryFunction } from '../constructs/function.ts';
import {
  closeConnections,
  type Link,
  manageConnections,
  settings,
  tableReadWrite,
  tableWrite,
} from '../constructs/links.ts';
import type { Platform } from '../constructs/platform.ts';
import type { DataStack } from './data.ts';

const STAGE = 'live';

export interface RealtimeProps {
  readonly platform: Platform;
  readonly data: DataStack;
}

/** The WebSocket API, over which clients follow deployments and logs. */
export class RealtimeStack extends Stack {
  /** For functions that send frames. */
  readonly send: Link;
  /** For functions that end connections. */
  readonly close: Link;
  /** For functions that tell clients where to connect. */
  readonly address: Link;

  constructor(scope: Construct, id: string, { platform, data }: RealtimeProps) {
    const { stage } = platform;
    super(scope, id, { description: `Gantry ${stage.stage}: realtime` });
    const api = new WebSocketApi(this, 'Api', { apiName: `gantry-${stage.stage}-realtime` });
    const live = new WebSocketStage(this, 'Live', {
      webSocketApi: api,
      stageName: STAGE,
      autoDeploy: true,
      throttle: { rateLimit: 500, burstLimit: 500 },
    });
    this.send = manageConnections(api, live);
    this.close = closeConnections(api, live);
    this.address = settings({ REALTIME_URL: `${api.apiEndpoint}/${STAGE}` });

    const write = tableWrite(data.table);
    const routes = [
      ['$connect', 'Connect', 'Opens a connection for a ticket', [write]],
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
      api.addRoute(key, { integration: new WebSocketLambdaIntegration(name, handler) });
    }
  }
}
