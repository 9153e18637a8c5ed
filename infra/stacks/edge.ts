import { EDGE_HEADER } from '@gantry/contract/edge.ts';
import { signedInUrl } from '@gantry/contract/redirect-urls.ts';
import { CfnOutput, CustomResource, Duration, FileSystem, Fn, Stack } from 'aws-cdk-lib';
import { CorsHttpMethod, HttpApi, WebSocketApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  AllowedMethods,
  type BehaviorOptions,
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { GantryFunction } from '../constructs/function.ts';
import { apiHeaders, siteHeaders } from '../constructs/headers.ts';
import { type Link, putSite, settings } from '../constructs/links.ts';
import { removalPolicy } from '../constructs/logs.ts';
import { atDomain, stageHost } from '../constructs/own-domain.ts';
import type { Platform } from '../constructs/platform.ts';
import { signInClient } from '../constructs/sign-in-client.ts';
import type { DataStack } from './data.ts';
import type { IdentityStack } from './identity.ts';

export interface EdgeProps {
  readonly platform: Platform;
  readonly data: DataStack;
  readonly identity: IdentityStack;
}

/** The stage of the WebSocket API, which is also its path. */
export const LIVE = 'live';
/** The paths that the distribution passes on to the API. */
const API_PATHS = ['/v1/*', '/docs', '/webhooks/*'];
const PUBLISH = 'edge/publish';

/** The dashboard handles its own paths: a path without a file gets its entry page. */
const ROUTE_TO_PAGE = `function handler(event) {
  var request = event.request;
  if (!/\\.[a-z0-9]+$/.test(request.uri)) request.uri = '/index.html';
  return request;
}`;

/**
 * The one address of a stage: a distribution in front of the dashboard's files, the API and the live connections. The two APIs are here without their
 * routes. The routes come with their functions, which know the distribution's address.
 */
export class EdgeStack extends Stack {
  readonly api: HttpApi;
  readonly live: WebSocketApi;
  /** The settings with which `serve` verifies access tokens. */
  readonly verifyTokens: Link;
  /** The sign-in pages, and the dashboard's client. */
  readonly signIn: Link;
  /** The secret by which a function recognises requests from the distribution. */
  readonly behindEdge: Link;
  /** For functions that send clients the address of live connections. */
  readonly liveAddress: Link;

  constructor(scope: Construct, id: string, { platform, data, identity }: EdgeProps) {
    const { stage } = platform;
    super(scope, id, { description: `Gantry ${stage.stage}: dashboard and the one address` });
    const site = new Bucket(this, 'Site', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      removalPolicy: removalPolicy(stage),
    });
    this.api = this.httpApi(stage.stage);
    this.live = new WebSocketApi(this, 'Live', { apiName: `gantry-${stage.stage}-realtime` });
    const secret = new Secret(this, 'Secret', {
      description: 'Shows the functions behind the distribution that a request came through it',
      generateSecretString: { passwordLength: 40, excludePunctuation: true },
    }).secretValue.unsafeUnwrap();
    const origin = (endpoint: string) =>
      new HttpOrigin(Fn.select(2, Fn.split('/', endpoint)), {
        protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
        customHeaders: { [EDGE_HEADER]: secret },
        readTimeout: Duration.seconds(35),
      });
    const passedOn: Omit<BehaviorOptions, 'origin'> = {
      allowedMethods: AllowedMethods.ALLOW_ALL,
      cachePolicy: CachePolicy.CACHING_DISABLED,
      originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
    };
    const toApi = { ...passedOn, origin: origin(this.api.apiEndpoint), responseHeadersPolicy: apiHeaders(this) };
    const distribution = new Distribution(this, 'Distribution', {
      comment: `gantry-${stage.stage}`,
      ...atDomain(this, stage),
      ...(stage.firewallArn !== undefined && { webAclId: stage.firewallArn }),
      defaultBehavior: {
        // The construct's own bucket does not fit its own interface under exactOptionalPropertyTypes.
        origin: S3BucketOrigin.withOriginAccessControl(site as IBucket),
        cachePolicy: CachePolicy.CACHING_OPTIMIZED,
        responseHeadersPolicy: siteHeaders(this, `https://${data.uploads.bucketRegionalDomainName}/`),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        functionAssociations: [{ eventType: FunctionEventType.VIEWER_REQUEST, function: this.routeToPage() }],
      },
      additionalBehaviors: {
        ...Object.fromEntries(API_PATHS.map((path) => [path, toApi])),
        [`/${LIVE}`]: { ...passedOn, origin: origin(this.live.apiEndpoint) },
      },
    });
    const host = stageHost(this, stage, distribution);
    const address = `https://${host}`;
    new CfnOutput(this, 'Url', {
      value: address,
      description: 'The dashboard; the API too, whose reference is at /docs',
    });
    const client = signInClient(this, 'DashboardClient', identity.pool, [signedInUrl(address)], [address]);
    const clients = settings({ DASHBOARD_CLIENT_ID: client.userPoolClientId, API_URL: address });
    const of =
      (...links: Link[]): Link =>
      (user) =>
        links.forEach((link) => void link(user));
    this.verifyTokens = of(identity.verifyTokens, clients);
    this.signIn = of(identity.signInPages, clients);
    this.behindEdge = settings({ EDGE_SECRET: secret });
    this.liveAddress = settings({ REALTIME_URL: `wss://${host}/${LIVE}` });
    this.publish(platform, site);
  }

  private httpApi(stage: string): HttpApi {
    return new HttpApi(this, 'Api', {
      apiName: `gantry-${stage}`,
      createDefaultStage: false,
      corsPreflight: {
        // A token is sent in a header, which a page must already hold; no cookie is ever accepted from another origin.
        allowOrigins: ['*'],
        allowMethods: [CorsHttpMethod.ANY],
        allowHeaders: ['authorization', 'content-type', 'idempotency-key', 'if-match', 'traceparent'],
        exposeHeaders: ['etag', 'idempotency-replayed', 'location', 'retry-after', 'x-request-id'],
        maxAge: Duration.hours(1),
      },
    });
  }

  private routeToPage(): EdgeFunction {
    return new EdgeFunction(this, 'RouteToPage', {
      comment: "Answers the dashboard's paths with its entry page",
      runtime: FunctionRuntime.JS_2_0,
      code: FunctionCode.fromInline(ROUTE_TO_PAGE),
    });
  }

  /** Uploads the files into the bucket when the stack is deployed with changed ones. */
  private publish(platform: Platform, site: Bucket): void {
    const publisher = new GantryFunction(this, 'Publish', {
      platform,
      entry: PUBLISH,
      description: "Puts the dashboard's files into their bucket",
      timeout: Duration.minutes(2),
      links: [putSite(site)],
    });
    new CustomResource(this, 'Files', {
      resourceType: 'Custom::Site',
      serviceToken: publisher.functionArn,
      serviceTimeout: Duration.minutes(3),
      properties: {
        Revision: FileSystem.fingerprint(platform.bundles.function(PUBLISH).entry),
        Bucket: site.bucketName,
      },
    });
  }
}
