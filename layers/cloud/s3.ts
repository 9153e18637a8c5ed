import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { clientDefaults } from './client.ts';
import { available, awsErrorName } from './failures.ts';

/** Path style with an endpoint: an IP address has no host name per bucket. */
const s3 = new S3Client({
  ...clientDefaults,
  forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined,
  requestChecksumCalculation: 'WHEN_REQUIRED',
});

/** The content for a presigned address: its length in bytes and its SHA-256 in hexadecimal digits. */
export interface PresignedContent {
  readonly contentType: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * An address for one PUT of an object until `expiresInSeconds` (at most 7 days) have passed, and the headers of the request. The address accepts only
 * that content, and only while the object does not exist: afterwards S3 answers 412. The length is signed too; clients send that header by
 * themselves. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export async function presignPut(
  bucket: string,
  key: string,
  { contentType, bytes, sha256 }: PresignedContent,
  expiresInSeconds: number,
): Promise<{ readonly url: string; readonly headers: Readonly<Record<string, string>> }> {
  const checksum = Buffer.from(sha256, 'hex').toString('base64');
  const command = new PutObjectCommand({
    ...{ Bucket: bucket, Key: key, ContentType: contentType, ContentLength: bytes },
    ...{ IfNoneMatch: '*', ChecksumSHA256: checksum },
  });
  const headers = { 'content-type': contentType, 'if-none-match': '*', 'x-amz-checksum-sha256': checksum };
  const url = await getSignedUrl(s3, command, {
    expiresIn: expiresInSeconds,
    signableHeaders: new Set(['host', 'content-length', ...Object.keys(headers)]),
    // In the query, S3 would not compare it with the body.
    unhoistableHeaders: new Set(['x-amz-checksum-sha256']),
  });
  return { url, headers };
}

/** The time limit for a whole file, in milliseconds. */
const PUT_FILE_MS = 300_000;

/** The headers of an object for its readers. */
interface Described {
  readonly contentType: string;
  readonly cacheControl?: string;
}

/** Uploads a file as an object, up to 5 GB; a repeat replaces it. */
export async function putFile(
  bucket: string,
  key: string,
  path: string,
  { contentType, cacheControl }: Described,
): Promise<void> {
  const { size: ContentLength } = await stat(path);
  await available('S3', () => {
    const described = { ContentType: contentType, ...(cacheControl && { CacheControl: cacheControl }) };
    const object = { Bucket: bucket, Key: key, ...described, ContentLength, Body: createReadStream(path) };
    return s3.send(new PutObjectCommand(object), { requestTimeout: PUT_FILE_MS });
  });
}

/** An object's size in bytes; undefined when it is missing. */
export async function objectSize(bucket: string, key: string): Promise<number | undefined> {
  try {
    const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return head.ContentLength;
  } catch (error) {
    if (awsErrorName(error) === 'NotFound' || awsErrorName(error) === 'NoSuchKey') return undefined;
    throw error;
  }
}
