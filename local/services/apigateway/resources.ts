import { REGION } from '../../kernel/kernel.ts';
import type { Place, ResourceType } from '../../kernel/resource.ts';
import { AwsError } from '../../kernel/service.ts';
import { type Apis, apiOf, type CorsConfiguration, onlyApi, stableId } from './api.ts';

const FOR_PEOPLE = 'for people and bills';

/** The CloudFormation types of API Gateway v2 that a Lambda-backed API needs. Authorizers and custom domains are refused. */
export function apiResources(apis: Apis): readonly ResourceType[] {
  return [apiType(apis), integrationType(apis), routeType(apis), stageType(apis), deploymentType];
}

function refuse(place: Place, what: string): AwsError {
  return new AwsError('BadRequestException', `${place.at}: ${what}`);
}

function apiType(apis: Apis): ResourceType {
  return {
    type: 'AWS::ApiGatewayV2::Api',
    uses: ['CorsConfiguration', 'DisableExecuteApiEndpoint', 'ProtocolType', 'RouteSelectionExpression'],
    inert: { Description: FOR_PEOPLE, Name: FOR_PEOPLE, Tags: FOR_PEOPLE },
    declare(properties, place) {
      const protocol = properties.ProtocolType;
      if (protocol !== 'HTTP' && protocol !== 'WEBSOCKET')
        throw refuse(place, 'ProtocolType must be HTTP or WEBSOCKET.');
      if (String(properties.DisableExecuteApiEndpoint ?? false) === 'true') {
        throw refuse(place, 'DisableExecuteApiEndpoint leaves no address: the local cloud has no custom domains.');
      }
      const id = stableId(place.at, 10);
      const other = onlyApi(apis, protocol);
      if (other !== undefined && other.id !== id)
        throw refuse(place, `the local cloud has one address for ${protocol}.`);
      const selection = String(properties.RouteSelectionExpression ?? '$request.body.action');
      const [, routeSelection] = /^\$request\.body\.([\w.]+)$/.exec(selection) ?? [];
      if (protocol === 'WEBSOCKET' && routeSelection === undefined) {
        throw refuse(place, `RouteSelectionExpression must be "$request.body.<property>", not "${selection}".`);
      }
      apis.set(id, {
        id,
        protocol,
        cors: properties.CorsConfiguration as CorsConfiguration | undefined,
        routeSelection: routeSelection ?? '',
        integrations: new Map(),
        routes: new Map(),
        stage: undefined,
      });
      const scheme = protocol === 'HTTP' ? 'https' : 'wss';
      return {
        ref: id,
        attributes: { ApiId: id, ApiEndpoint: `${scheme}://${id}.execute-api.${REGION}.amazonaws.com` },
      };
    },
    remove: (id) => void apis.delete(id),
  };
}

/** API Gateway names a function by its ARN, or by the path that invokes it. */
const FUNCTION_URI = /(?:^|\/functions\/)(arn:aws:lambda:[^/]+)(?:\/invocations)?$/;

function integrationType(apis: Apis): ResourceType {
  return {
    type: 'AWS::ApiGatewayV2::Integration',
    uses: ['ApiId', 'IntegrationType', 'IntegrationUri', 'PayloadFormatVersion', 'TimeoutInMillis'],
    inert: {
      Description: FOR_PEOPLE,
      IntegrationMethod: 'a function is always invoked by POST',
    },
    declare(properties, place) {
      const api = apiOf(apis, String(properties.ApiId));
      const [, functionArn] = FUNCTION_URI.exec(String(properties.IntegrationUri)) ?? [];
      if (properties.IntegrationType !== 'AWS_PROXY' || functionArn === undefined) {
        throw refuse(place, 'only an AWS_PROXY integration of a Lambda function is played.');
      }
      if (api.protocol === 'HTTP' && properties.PayloadFormatVersion !== '2.0') {
        throw refuse(place, 'PayloadFormatVersion must be 2.0.');
      }
      const longest = api.protocol === 'HTTP' ? 30_000 : 29_000;
      const timeoutMs = Number(properties.TimeoutInMillis ?? longest);
      if (!(timeoutMs >= 50 && timeoutMs <= longest)) throw refuse(place, `TimeoutInMillis must be 50 to ${longest}.`);
      const id = stableId(place.at, 7);
      api.integrations.set(id, { functionArn, timeoutMs });
      return { ref: id, attributes: { IntegrationId: id } };
    },
  };
}

function routeType(apis: Apis): ResourceType {
  return {
    type: 'AWS::ApiGatewayV2::Route',
    uses: ['ApiId', 'AuthorizationType', 'RouteKey', 'Target'],
    inert: { ApiKeyRequired: 'has an effect only with a usage plan', OperationName: FOR_PEOPLE },
    declare(properties, place) {
      const api = apiOf(apis, String(properties.ApiId));
      const authorization = properties.AuthorizationType ?? 'NONE';
      if (authorization !== 'NONE') throw refuse(place, `AuthorizationType ${authorization} is not played: only NONE.`);
      const routeKey = String(properties.RouteKey);
      if (api.routes.has(routeKey)) throw refuse(place, `Route with key ${routeKey} already exists for this API.`);
      api.routes.set(routeKey, String(properties.Target).replace(/^integrations\//, ''));
      const id = stableId(place.at, 7);
      return { ref: id, attributes: { RouteId: id } };
    },
  };
}

function stageType(apis: Apis): ResourceType {
  return {
    type: 'AWS::ApiGatewayV2::Stage',
    uses: [
      'ApiId',
      'DefaultRouteSettings.ThrottlingBurstLimit',
      'DefaultRouteSettings.ThrottlingRateLimit',
      'StageName',
    ],
    inert: {
      AccessLogSettings: 'functions log each request; nobody reads a second log locally',
      AutoDeploy: 'a template is declared as a whole',
      'DefaultRouteSettings.DataTraceEnabled': 'nobody reads a second log locally',
      'DefaultRouteSettings.DetailedMetricsEnabled': 'metrics are not collected locally',
      'DefaultRouteSettings.LoggingLevel': 'nobody reads a second log locally',
      DeploymentId: 'a template is declared as a whole',
      Description: FOR_PEOPLE,
      Tags: FOR_PEOPLE,
    },
    declare(properties, place) {
      const api = apiOf(apis, String(properties.ApiId));
      const name = String(properties.StageName);
      if (api.protocol === 'HTTP' && name !== '$default')
        throw refuse(place, 'an HTTP API has only the stage $default.');
      if (api.stage !== undefined && api.stage.name !== name) throw refuse(place, 'an API has one stage.');
      const limits = (properties.DefaultRouteSettings ?? {}) as Readonly<Record<string, unknown>>;
      const burst = limits.ThrottlingBurstLimit;
      const rate = limits.ThrottlingRateLimit;
      const throttle =
        burst === undefined && rate === undefined
          ? undefined
          : { burst: Number(burst ?? 5000), rate: Number(rate ?? 10_000) };
      api.stage = { name, throttle };
      return { ref: name, attributes: {} };
    },
  };
}

const deploymentType: ResourceType = {
  type: 'AWS::ApiGatewayV2::Deployment',
  uses: ['ApiId'],
  inert: { Description: FOR_PEOPLE, StageName: 'a template is declared as a whole' },
  declare(_properties, place) {
    const id = stableId(place.at, 6);
    return { ref: id, attributes: { DeploymentId: id } };
  },
};
