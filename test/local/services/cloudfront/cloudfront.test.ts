import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ACCOUNT } from '../../../../local/kernel/kernel.ts';
import type { ApiOrigins } from '../../../../local/kernel/ports.ts';
import type { Room } from '../../../../local/kernel/resource.ts';
import { createCloudFront } from '../../../../local/services/cloudfront/cloudfront.ts';
import { createS3 } from '../../../../local/services/s3/s3.ts';
import { type Bench, bench } from '../../support.ts';
import { declare } from '../declare.ts';

const HOST = 'abc.execute-api.xx-local-1.amazonaws.com';
const CACHED = '658327ea-f89d-4fab-a63d-7e88639e58f6';
const NOT_CACHED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const ALL_BUT_HOST = 'b689b0a8-53d0-40ab-baf2-68738e2966ac';

let cloud: Bench;
let room: Room;

/** An API that answers with its request. */
const apis: ApiOrigins = {
  async request(host, request, response, url, headers) {
    response.setHeader('x-content-type-options', 'mine');
    response.end(JSON.stringify({ host, method: request.method, path: url.pathname, headers }));
  },
  upgrade: async () => undefined,
};

const get = (path: string, init?: RequestInit) => fetch(`${cloud.kernel.addresses.front}${path}`, init);

const toBucket = { TargetOriginId: 'site', CachePolicyId: CACHED, ViewerProtocolPolicy: 'redirect-to-https' };
const toApi = {
  PathPattern: '/v1/*',
  TargetOriginId: 'api',
  AllowedMethods: ['GET', 'POST'],
  CachePolicyId: NOT_CACHED,
  OriginRequestPolicyId: ALL_BUT_HOST,
};
const origins = [
  { Id: 'site', DomainName: 'site.s3.xx-local-1.amazonaws.com', S3OriginConfig: {}, OriginAccessControlId: 'x' },
  { Id: 'api', DomainName: HOST, OriginCustomHeaders: [{ HeaderName: 'X-Secret', HeaderValue: 's' }] },
];

const declareOne = (type: string, id: string, properties: object) =>
  declare(cloud.kernel, room, `AWS::CloudFront::${type}`, id, properties as Readonly<Record<string, unknown>>);
const distribution = (config: object) => declareOne('Distribution', 'One', { DistributionConfig: config });

describe('a distribution', () => {
  beforeAll(async () => {
    let s3 = undefined as unknown as ReturnType<typeof createS3>;
    cloud = await bench((kernel) => {
      s3 = createS3(kernel);
      room = createCloudFront(kernel, { apis, objects: s3 });
      return [s3, room];
    });
    await declare(cloud.kernel, s3, 'AWS::S3::Bucket', 'Site', { BucketName: 'site' });
    const client = new S3Client({ ...cloud.client(), forcePathStyle: true });
    const put = (Key: string, Body: string, CacheControl: string) =>
      client.send(new PutObjectCommand({ Bucket: 'site', Key, Body, ContentType: 'text/html', CacheControl }));
    await put('index.html', '<p>page</p>', 'no-cache');
    await put('assets/long.html', 'x'.repeat(5_000), 'immutable');
    const code =
      "function handler(event) { var r = event.request; if (r.uri.indexOf('.') < 0) r.uri = '/index.html'; return r; }";
    const { attributes } = await declareOne('Function', 'Route', {
      FunctionCode: code,
      FunctionConfig: { Runtime: 'cloudfront-js-2.0' },
      AutoPublish: true,
    });
    const { ref: policy } = await declareOne('ResponseHeadersPolicy', 'Headers', {
      ResponseHeadersPolicyConfig: {
        SecurityHeadersConfig: {
          ContentTypeOptions: { Override: true },
          FrameOptions: { FrameOption: 'DENY', Override: true },
        },
      },
    });
    const FunctionAssociations = [{ EventType: 'viewer-request', FunctionARN: attributes.FunctionARN }];
    await distribution({
      Origins: origins,
      DefaultCacheBehavior: { ...toBucket, FunctionAssociations, ResponseHeadersPolicyId: policy },
      CacheBehaviors: [{ ...toApi, ResponseHeadersPolicyId: policy }],
    });
  });
  afterAll(() => cloud.close());

  it("reads its bucket with its own rights, when the bucket's policy allows that", async () => {
    expect((await get('/index.html')).status).toBe(403);
    const arn = `arn:aws:cloudfront::${ACCOUNT}:distribution/`;
    const statement = {
      Effect: 'Allow',
      Principal: { Service: 'cloudfront.amazonaws.com' },
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::site/*',
      Condition: { StringLike: { 'AWS:SourceArn': `${arn}*` } },
    } as const;
    cloud.kernel.iam.protect('arn:aws:s3:::site', { Statement: [statement] }, 'test/Policy');
    const page = await get('/index.html');
    expect([page.status, page.headers.get('cache-control'), await page.text()]).toEqual([
      200,
      'no-cache',
      '<p>page</p>',
    ]);
    expect((await get('/none.html')).status).toBe(403);
  });

  it('answers the paths of a page with the entry page, as the function at the edge decides', async () => {
    const page = await get('/teams/acme/projects');
    expect([page.status, await page.text()]).toEqual([200, '<p>page</p>']);
  });

  it('adds the headers of its policies, and overrides those of the origin', async () => {
    expect((await get('/')).headers.get('x-frame-options')).toBe('DENY');
    expect((await get('/v1/x')).headers.get('x-content-type-options')).toBe('nosniff');
  });

  it("passes API paths on, with its own header in place of the client's", async () => {
    const answer = await get('/v1/teams/1', { method: 'POST', headers: { 'x-secret': 'guess' } });
    expect(await answer.json()).toEqual({
      host: HOST,
      method: 'POST',
      path: '/v1/teams/1',
      headers: { 'x-secret': 's' },
    });
    expect((await get('/v1/teams/1', { method: 'DELETE' })).status).toBe(403);
    expect((await get('/', { method: 'POST' })).status).toBe(403);
  });

  it('compresses large answers, and answers 304 for a known one', async () => {
    const first = await get('/assets/long.html', { headers: { 'accept-encoding': 'br' } });
    expect([first.headers.get('content-encoding'), (await first.text()).length]).toEqual(['br', 5_000]);
    const headers = { 'accept-encoding': 'br', 'if-none-match': first.headers.get('etag') ?? '' };
    expect((await get('/assets/long.html', { headers })).status).toBe(304);
    expect((await get('/index.html')).headers.get('content-encoding')).toBeNull();
  });

  it('with settings that are not emulated is refused by name', async () => {
    const with_ = (more: object) =>
      distribution({ Origins: origins, DefaultCacheBehavior: { ...toBucket, ...more }, CacheBehaviors: [] });
    await expect(with_({ TrustedKeyGroups: ['k'] })).rejects.toThrow('TrustedKeyGroups is not emulated');
    await expect(with_({ CachePolicyId: NOT_CACHED })).rejects.toThrow('cache policy');
    await expect(with_({ TargetOriginId: 'none' })).rejects.toThrow('an origin none that does not exist');
    const config = { SecurityHeadersConfig: { XSSProtection: { Override: true } } };
    await expect(declareOne('ResponseHeadersPolicy', 'Odd', { ResponseHeadersPolicyConfig: config })).rejects.toThrow(
      'XSSProtection is not emulated',
    );
  });
});
