import { runInNewContext } from 'node:vm';
import { ACCOUNT } from '../../kernel/kernel.ts';
import type { Place, ResourceType } from '../../kernel/resource.ts';
import { AwsError } from '../../kernel/service.ts';
import { stableId } from '../apigateway/api.ts';
import { type Header, headersOf, type PolicyConfig } from './headers.ts';

type Properties = Readonly<Record<string, unknown>>;

/** A viewer's request for a function at the edge, which may change only the path. */
type ViewerFunction = (uri: string) => string;

/** A behaviour of the distribution: its requests, and their treatment. */
export interface Behaviour {
  /** `*` and `?` are wildcards; undefined for the default behaviour. */
  readonly pattern: string | undefined;
  readonly origin: Origin;
  readonly methods: readonly string[];
  readonly viewer: ViewerFunction | undefined;
  readonly headers: readonly Header[];
}

type Origin =
  | { readonly kind: 'bucket'; readonly bucket: string }
  | { readonly kind: 'api'; readonly host: string; readonly headers: Readonly<Record<string, string>> };

export interface DeclaredDistribution {
  readonly arn: string;
  readonly domain: string;
  /** In the order in which they are tried; the default is last. */
  readonly behaviours: readonly Behaviour[];
}

/** The declared types; the local cloud has one address, and so one distribution. */
export interface Declarations {
  distribution: DeclaredDistribution | undefined;
  readonly functions: Map<string, ViewerFunction>;
  readonly policies: Map<string, readonly Header[]>;
}

const FOR_PEOPLE = 'for people';
const ONE_MACHINE = 'there is one machine, without names, certificates and places';

/** The CloudFront types of the template, and the firewall before it. */
export function edgeTypes(declarations: Declarations): readonly ResourceType[] {
  return [
    {
      type: 'AWS::CloudFront::ResponseHeadersPolicy',
      uses: ['ResponseHeadersPolicyConfig.CustomHeadersConfig', 'ResponseHeadersPolicyConfig.SecurityHeadersConfig'],
      inert: { 'ResponseHeadersPolicyConfig.Comment': FOR_PEOPLE, 'ResponseHeadersPolicyConfig.Name': FOR_PEOPLE },
      declare({ ResponseHeadersPolicyConfig: config }, place) {
        const id = stableId(place.at, 24);
        declarations.policies.set(id, headersOf(config as PolicyConfig, place.at));
        return { ref: id, attributes: { Id: id } };
      },
    },
    {
      type: 'AWS::CloudFront::Function',
      uses: ['FunctionCode', 'FunctionConfig.Runtime', 'AutoPublish'],
      inert: { Name: FOR_PEOPLE, 'FunctionConfig.Comment': FOR_PEOPLE },
      declare({ FunctionCode, FunctionConfig, AutoPublish }, place) {
        const { Runtime } = FunctionConfig as { readonly Runtime?: string };
        if (Runtime !== 'cloudfront-js-2.0' || AutoPublish !== true)
          throw refused(place, 'a function that is not published, or of a runtime other than cloudfront-js-2.0,');
        const arn = `arn:aws:cloudfront::${ACCOUNT}:function/${place.name(64)}`;
        declarations.functions.set(arn, viewerFunction(String(FunctionCode)));
        return { ref: arn, attributes: { FunctionARN: arn, 'FunctionMetadata.FunctionARN': arn } };
      },
    },
    {
      type: 'AWS::CloudFront::OriginAccessControl',
      uses: [],
      inert: {
        OriginAccessControlConfig: 'the distribution reads as itself, which the policy of the bucket must allow',
      },
      declare: (_, place) => ({ ref: stableId(place.at, 13), attributes: { Id: stableId(place.at, 13) } }),
    },
    {
      type: 'AWS::WAFv2::WebACL',
      uses: [],
      inert: { '*': 'one trusted user is behind the loopback address: there is nobody to count' },
      declare(_, place) {
        const arn = `arn:aws:wafv2:us-east-1:${ACCOUNT}:global/webacl/${place.name(64)}/${stableId(place.at, 24)}`;
        return { ref: arn, attributes: { Arn: arn, Id: stableId(place.at, 24) } };
      },
    },
    distributionType(declarations),
  ];
}

/** Runs a viewer-request function. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html */
function viewerFunction(code: string): ViewerFunction {
  const handler = runInNewContext(`${code}; handler`) as (event: unknown) => { readonly uri?: unknown };
  return (uri) => String(handler({ version: '1.0', context: {}, viewer: {}, request: { method: 'GET', uri } }).uri);
}

/** CachingOptimized, CachingDisabled and AllViewerExceptHostHeader: AWS's managed policies have the same ids everywhere. */
const CACHED = '658327ea-f89d-4fab-a63d-7e88639e58f6';
const NOT_CACHED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const ALL_BUT_HOST = 'b689b0a8-53d0-40ab-baf2-68738e2966ac';

interface BehaviourConfig {
  readonly PathPattern?: string;
  readonly TargetOriginId: string;
  readonly AllowedMethods?: readonly string[];
  readonly CachePolicyId: string;
  readonly OriginRequestPolicyId?: string;
  readonly ResponseHeadersPolicyId?: string;
  readonly FunctionAssociations?: readonly { readonly EventType: string; readonly FunctionARN: string }[];
}

interface OriginConfig {
  readonly Id: string;
  readonly DomainName: string;
  readonly S3OriginConfig?: unknown;
  readonly OriginCustomHeaders?: readonly { readonly HeaderName: string; readonly HeaderValue: string }[];
}

interface DistributionConfig {
  readonly Origins: readonly OriginConfig[];
  readonly DefaultCacheBehavior: BehaviourConfig;
  readonly CacheBehaviors?: readonly BehaviourConfig[];
}

const ORIGIN_KEYS = [
  'Id',
  'DomainName',
  'S3OriginConfig',
  'CustomOriginConfig',
  'OriginAccessControlId',
  'OriginCustomHeaders',
];
const BEHAVIOUR_KEYS = [
  ...['PathPattern', 'TargetOriginId', 'AllowedMethods', 'CachePolicyId', 'OriginRequestPolicyId'],
  ...['ResponseHeadersPolicyId', 'FunctionAssociations', 'Compress', 'ViewerProtocolPolicy'],
];

function distributionType(declarations: Declarations): ResourceType {
  const config = (name: string) => `DistributionConfig.${name}`;
  return {
    type: 'AWS::CloudFront::Distribution',
    uses: ['Origins', 'DefaultCacheBehavior', 'CacheBehaviors', 'Enabled'].map(config),
    inert: {
      [config('Comment')]: FOR_PEOPLE,
      [config('HttpVersion')]: 'the loopback address speaks HTTP/1.1',
      [config('IPV6Enabled')]: ONE_MACHINE,
      [config('PriceClass')]: ONE_MACHINE,
      [config('WebACLId')]: 'one trusted user is behind the loopback address: there is nobody to count',
    },
    declare({ DistributionConfig }: Properties, place) {
      const given = DistributionConfig as DistributionConfig;
      const id = stableId(place.at, 13).toUpperCase();
      const arn = `arn:aws:cloudfront::${ACCOUNT}:distribution/${id}`;
      const domain = `d${stableId(place.at, 12)}.cloudfront.net`;
      if (declarations.distribution !== undefined && declarations.distribution.arn !== arn)
        throw refused(place, 'a second distribution');
      const origins = new Map(given.Origins.map((each) => [each.Id, originOf(each, place)]));
      const all = [...(given.CacheBehaviors ?? []), given.DefaultCacheBehavior];
      const behaviours = all.map((each) => behaviourOf(each, origins, declarations, place));
      declarations.distribution = { arn, domain, behaviours };
      return { ref: id, attributes: { Id: id, DomainName: domain } };
    },
    remove() {
      declarations.distribution = undefined;
    },
  };
}

function originOf(config: OriginConfig, place: Place): Origin {
  onlyKnown(config, ORIGIN_KEYS, place);
  const { DomainName, OriginCustomHeaders = [] } = config;
  if (config.S3OriginConfig !== undefined) return { kind: 'bucket', bucket: DomainName.split('.s3.', 1)[0] ?? '' };
  const headers = OriginCustomHeaders.map(({ HeaderName, HeaderValue }) => [HeaderName.toLowerCase(), HeaderValue]);
  return { kind: 'api', host: DomainName, headers: Object.fromEntries(headers) };
}

function behaviourOf(
  config: BehaviourConfig,
  origins: ReadonlyMap<string, Origin>,
  { functions, policies }: Declarations,
  place: Place,
): Behaviour {
  onlyKnown(config, BEHAVIOUR_KEYS, place);
  const origin = origins.get(config.TargetOriginId);
  if (origin === undefined) throw refused(place, `an origin ${config.TargetOriginId} that does not exist`);
  const [wanted, request] = origin.kind === 'api' ? [NOT_CACHED, ALL_BUT_HOST] : [CACHED, undefined];
  if (config.CachePolicyId !== wanted || config.OriginRequestPolicyId !== request)
    throw refused(place, `this pair of a cache policy and an origin request policy for ${config.TargetOriginId}`);
  const [association, ...more] = config.FunctionAssociations ?? [];
  const viewer = association && functions.get(association.FunctionARN);
  if (
    more.length > 0 ||
    (association !== undefined && (viewer === undefined || association.EventType !== 'viewer-request'))
  )
    throw refused(place, 'a function other than one for viewer requests');
  return {
    pattern: config.PathPattern,
    origin,
    methods: config.AllowedMethods ?? ['GET', 'HEAD'],
    viewer,
    headers: policies.get(config.ResponseHeadersPolicyId ?? '') ?? [],
  };
}

function onlyKnown(config: object, known: readonly string[], place: Place): void {
  const unknown = Object.keys(config).filter((key) => !known.includes(key));
  if (unknown.length > 0) throw refused(place, unknown.join(', '));
}

function refused({ at }: Place, what: string): AwsError {
  return new AwsError('InvalidArgument', `${at}: ${what} is not emulated.`);
}
