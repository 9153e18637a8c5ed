import type { Route } from '@gantry/contract/route.ts';
import { type Context, pages, routesByContext, webhooks } from '@gantry/contract/routes.ts';
import { Duration, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  type IHttpApi,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import { GantryFunction } from '../constructs/function.ts';
import {
  appsOrigin,
  type Link,
  manageAccounts,
  openVariables,
  privateSources,
  queueDeployments,
  readLogs,
  readSecret,
  sealVariables,
  sendTo,
  settings,
  tableRead,
  tableReadWrite,
  trafficDelay,
  uploadsRead,
  uploadsWrite,
} from '../constructs/links.ts';
import { logGroup } from '../constructs/logs.ts';
import type { Platform } from '../constructs/platform.ts';
import type { BuildsStack } from './builds.ts';
import type { ClusterStack } from './cluster.ts';
import type { DataStack } from './data.ts';
import type { DatabasesStack } from './databases.ts';
import type { EdgeStack } from './edge.ts';
import type { IdentityStack } from './identity.ts';
import type { SourceStack } from './source.ts';
import type { VariablesStack } from './variables.ts';

export interface ApiProps {
  readonly platform: Platform;
  readonly data: DataStack;
  readonly variables: VariablesStack;
  readonly identity: IdentityStack;
  readonly edge: EdgeStack;
  readonly source: SourceStack;
  readonly builds: BuildsStack;
  readonly cluster: ClusterStack;
  readonly databases: DatabasesStack;
}

/** The HTTP API: the contract's routes, one function for each context. */
export class ApiStack extends Stack {
  readonly #routes: Construct;

  constructor(scope: Construct, id: string, props: ApiProps) {
    const { platform } = props;
    const { stage } = platform;
    super(scope, id, { description: `Gantry ${stage.stage}: API` });
    this.#routes = new Construct(this, 'Routes');
    // Imported by attributes, so that routes and integrations become resources of this stack.
    const { apiId: httpApiId, apiEndpoint } = props.edge.api;
    const api = HttpApi.fromHttpApiAttributes(this, 'Api', { httpApiId, apiEndpoint });
    const accessLog = logGroup(this, 'AccessLog', stage, 'api-access');
    new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: 500, burstLimit: 1000 },
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLog),
        format: AccessLogFormat.custom(ACCESS_LOG),
      },
    });
    const links = this.links(props);
    for (const context of Object.keys(routesByContext) as Context[]) {
      const handler = new GantryFunction(this, context, {
        platform,
        entry: `api/${context}`,
        description: `Serves the routes of ${context}`,
        // API Gateway gives up after 30 seconds: the functions end before, with an answer.
        timeout: Duration.seconds(28),
        links: [props.edge.behindEdge, ...links[context]],
      });
      this.route(api, context, handler);
    }
    this.receive(api, props);
  }

  private route(api: IHttpApi, context: Context, handler: GantryFunction): void {
    // One permission for the whole API: one per route would exceed the 20 KB of the function's resource policy.
    const integration = new HttpLambdaIntegration(`${context}Integration`, handler, { scopePermissionToRoute: false });
    const declared: Readonly<Record<string, Route>> = routesByContext[context];
    const served = context === 'meta' ? pages.map((path) => ({ method: 'GET' as const, path })) : [];
    for (const { method, path } of [...Object.values(declared), ...served]) {
      this.add(api, method, path, integration);
    }
  }

  private add(httpApi: IHttpApi, method: Route['method'], path: string, integration: HttpLambdaIntegration): void {
    const routeKey = HttpRouteKey.with(path, HttpMethod[method]);
    new HttpRoute(this.#routes, `${method}${path}`, { httpApi, integration, routeKey });
  }

  /** Routes for deliveries of other services. They are outside of the contract, because a signature over the body identifies the caller. */
  private receive(api: IHttpApi, { platform, source, edge }: ApiProps): void {
    const receiver = new GantryFunction(this, 'receive', {
      platform,
      entry: 'source/receive',
      description: 'Takes in what GitHub delivers',
      links: [
        edge.behindEdge,
        readSecret('GITHUB_APP_SECRET', source.githubApp),
        sendTo('DELIVERIES_QUEUE_URL', source.deliveries),
      ],
    });
    const integration = new HttpLambdaIntegration('receiveIntegration', receiver, { scopePermissionToRoute: false });
    for (const path of webhooks) this.add(api, 'POST', path, integration);
  }

  /** The links of each context's function. */
  private links(props: ApiProps): Readonly<Record<Context, readonly Link[]>> {
    const { data, variables, identity, edge, source, builds, cluster, databases } = props;
    const { stage } = props.platform;
    const authenticate = [edge.verifyTokens];
    // Only `identity` admits first-time users, and asks Cognito for their address.
    const admit = [
      ...authenticate,
      manageAccounts(identity.pool),
      settings({ FIRST_OWNER_EMAIL: stage.firstOwnerEmail }),
    ];
    const table = tableReadWrite(data.table);
    return {
      meta: [edge.signIn, identity.commandClient],
      browser: [edge.signIn],
      identity: [...admit, table, edge.liveAddress],
      projects: [
        ...authenticate,
        table,
        sealVariables(variables.key),
        readSecret('GITHUB_APP_SECRET', source.githubApp),
        privateSources(stage),
      ],
      source: [
        ...authenticate,
        table,
        uploadsWrite(data.uploads),
        readSecret('GITHUB_APP_SECRET', source.githubApp),
        privateSources(stage),
      ],
      deployments: [...authenticate, table, uploadsRead(data.uploads), ...queueDeployments(stage)],
      variables: [
        ...authenticate,
        table,
        uploadsRead(data.uploads),
        sealVariables(variables.key),
        openVariables(variables.key),
        ...queueDeployments(stage),
      ],
      logs: [
        ...authenticate,
        tableRead(data.table),
        readLogs({ BUILD_LOG_GROUP: builds.logs, APP_LOG_GROUP: cluster.appLogs }),
      ],
      metrics: [...authenticate, tableRead(data.table), trafficDelay(stage)],
      alerts: [
        ...authenticate,
        table,
        sealVariables(variables.key),
        openVariables(variables.key),
        privateSources(stage),
      ],
      audit: [...authenticate, tableRead(data.table)],
      // It lists running replicas. Another function, and only that one, may run commands in them.
      exec: [
        ...authenticate,
        table,
        openVariables(variables.key),
        databases.readPasswords,
        appsOrigin(stage),
        cluster.access('gantry:readers'),
      ],
      databases: [...authenticate, table, databases.runSql, databases.see],
    };
  }
}

/** The fields of a request in the access log: never a header, a query or a body. */
const ACCESS_LOG = JSON.stringify({
  requestId: '$context.requestId',
  at: '$context.requestTimeEpoch',
  ip: '$context.identity.sourceIp',
  route: '$context.routeKey',
  status: '$context.status',
  bytes: '$context.responseLength',
  ms: '$context.responseLatency',
  integrationError: '$context.integrationErrorMessage',
});
