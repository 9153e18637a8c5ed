import type { PolicyDocument, Principal } from '../../kernel/iam.ts';
import { type Kernel, REGION } from '../../kernel/kernel.ts';
import type { ObjectOrigin, ObjectReader } from '../../kernel/ports.ts';
import type { Mount, RawService, ResourceType, Room } from '../../kernel/resource.ts';
import { AwsError } from '../../kernel/service.ts';
import { allowOrigin, type CorsRule, preflight } from './cors.ts';
import { Objects } from './objects.ts';
import { arnOf, requireObject, serve } from './requests.ts';

const HOST = `.s3.${REGION}.amazonaws.com`;

interface Bucket {
  readonly cors: readonly CorsRule[];
}

/**
 * S3 with path-style addresses (`/<bucket>/<key>`), which SDK clients use for an IP endpoint; bucket names in the host are not emulated. Whole
 * objects only: no multipart uploads, no versions. The account's `own` buckets exist without a template.
 */
export function createS3(kernel: Kernel, own: readonly string[] = []): Room & ObjectReader & ObjectOrigin {
  const buckets = new Map<string, Bucket>();
  const objects = new Objects(kernel.dataDir, kernel.store);
  for (const name of own) {
    objects.open(name);
    buckets.set(name, { cors: [] });
  }
  const requireBucket = (name: string): Bucket => {
    const bucket = buckets.get(name);
    if (bucket === undefined) throw new AwsError('NoSuchBucket', `The specified bucket does not exist: ${name}`, 404);
    return bucket;
  };
  const find = (bucket: string, key: string, principal: Principal) => {
    requireBucket(bucket);
    kernel.iam.require(principal, { action: 's3:GetObject', resource: arnOf(bucket, key) });
    kernel.meter.count('s3.requests');
    return requireObject({ kernel, objects, bucket, key, principal });
  };
  const raw: RawService = {
    signingName: 's3',
    isAtEdge: true,
    async handle(request, response, principal, url) {
      // The path as sent: a URL would drop the dots that a key may have.
      const { bucket, key } = addressOf((request.url ?? '/').split('?', 1)[0] ?? '/');
      try {
        if (bucket === '') throw new AwsError('NotImplemented', 'local cloud: ListBuckets of S3 is not emulated', 501);
        allowOrigin(requireBucket(bucket).cors, request, response);
        await serve({ kernel, objects, bucket, key, request, response, principal, url });
      } catch (error) {
        // A client that is still sending gets the answer only when its body is read.
        request.resume();
        throw error;
      }
    },
  };
  return {
    raw: [raw],
    mounts: [unsigned(buckets)],
    resources: [bucketType(buckets, objects), bucketPolicyType()],
    address({ hostname, pathname, search }) {
      const bucket = hostname.endsWith(HOST) ? hostname.slice(0, -HOST.length) : '';
      return buckets.has(bucket) ? `${kernel.addresses.aws}/${bucket}${pathname}${search}` : undefined;
    },
    async get(bucket, key, principal) {
      return objects.read(bucket, find(bucket, key, principal));
    },
    async open(bucket, key, principal) {
      const info = find(bucket, key, principal);
      const { contentType, cacheControl, etag } = info;
      return { body: await objects.read(bucket, info), contentType, cacheControl, etag };
    },
  };
}

/** A browser's preflight has no signature. Any other unsigned request is anonymous, which no bucket here allows. */
function unsigned(buckets: ReadonlyMap<string, Bucket>): Mount {
  return {
    on: 'aws',
    takes: (_host, path) => buckets.has(bucketOf(path)),
    request(request, response, url) {
      const bucket = buckets.get(bucketOf(url.pathname));
      if (request.method === 'OPTIONS' && bucket !== undefined) {
        preflight(bucket.cors, request, response);
        return;
      }
      request.resume();
      const body =
        '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>';
      response.writeHead(403, { 'content-type': 'application/xml' }).end(body);
    },
  };
}

/** The bucket of a path, whether or not the rest of the path is a valid key. */
function bucketOf(path: string): string {
  return path.split('/', 2)[1] ?? '';
}

function addressOf(path: string): { readonly bucket: string; readonly key: string } {
  const [, bucket = '', key = ''] = /^\/([^/]*)(?:\/(.*))?$/s.exec(path) ?? [];
  try {
    return { bucket, key: decodeURIComponent(key) };
  } catch {
    throw new AwsError('InvalidURI', "Couldn't parse the specified URI.");
  }
}

function bucketType(buckets: Map<string, Bucket>, objects: Objects): ResourceType {
  return {
    type: 'AWS::S3::Bucket',
    uses: ['BucketName', 'CorsConfiguration.CorsRules'],
    inert: {
      BucketEncryption: 'encryption at rest has no effect that a client can see',
      LifecycleConfiguration: 'objects stay until the data folder is removed',
      PublicAccessBlockConfiguration: 'nothing here is public',
      OwnershipControls: 'there are no access control lists here',
      VersioningConfiguration: 'versions cannot be read here',
      Tags: 'tags have no effect',
    },
    declare(properties, place) {
      const given = properties as {
        readonly BucketName?: string;
        readonly CorsConfiguration?: { readonly CorsRules: readonly CorsRule[] };
      };
      const name = given.BucketName ?? place.name(63).toLowerCase();
      if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name))
        throw new Error(`${place.at}: ${name} is not a bucket name`);
      objects.open(name);
      buckets.set(name, { cors: given.CorsConfiguration?.CorsRules ?? [] });
      const DomainName = `${name}.s3.amazonaws.com`;
      const RegionalDomainName = `${name}.s3.${REGION}.amazonaws.com`;
      return { ref: name, attributes: { Arn: arnOf(name), DomainName, RegionalDomainName } };
    },
    remove(name) {
      if (objects.list(name, '', '', 1).length > 0)
        throw new AwsError('BucketNotEmpty', `The bucket you tried to delete is not empty: ${name}`, 409);
      buckets.delete(name);
    },
  };
}

/** A bucket's policy guards the bucket and its objects. */
function bucketPolicyType(): ResourceType {
  return {
    type: 'AWS::S3::BucketPolicy',
    uses: ['Bucket', 'PolicyDocument'],
    declare(properties, place) {
      const { Bucket: bucket, PolicyDocument: policy } = properties as {
        readonly Bucket: string;
        readonly PolicyDocument: PolicyDocument;
      };
      place.kernel.iam.protect(arnOf(bucket), policy, place.at);
      return { ref: bucket, attributes: {} };
    },
  };
}
