import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { clientDefaults } from './client.ts';
import { available, awsErrorName } from './failures.ts';

/** Path style where an endpoint is given: an address by IP has no host name per bucket. */
const s3 = new S3Client({
  ...clientDefaults,
  forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined,
  requestChecksumCalculation: 'WHEN_REQUIRED',
});

/** An address to which one object may be PUT until `expiresInSeconds` (at most 7 days) have passed. */
export function presignPut(
  bucket: string,
  key: string,
  contentType: string,
  expiresInSeconds: number,
): Promise<string> {
  const command = new PutObjectCommand({ Bucket: bucket, Key: key, ContentType: contentType });
  return getSignedUrl(s3, command, { expiresIn: expiresInSeconds, signableHeaders: new Set(['content-type', 'host']) });
}

/** For sending a whole file, in milliseconds. */
const PUT_FILE_MS = 300_000;

/** Puts a file's content to an object, of up to 5 GB; a repeat replaces it. */
export async function putFile(bucket: string, key: string, path: string, contentType: string): Promise<void> {
  const { size: ContentLength } = await stat(path);
  await available('S3', () => {
    const object = { Bucket: bucket, Key: key, ContentType: contentType, ContentLength, Body: createReadStream(path) };
    return s3.send(new PutObjectCommand(object), { requestTimeout: PUT_FILE_MS });
  });
}

/** An object's size in bytes, or undefined where there is none. */
export async function objectSize(bucket: string, key: string): Promise<number | undefined> {
  try {
    const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return head.ContentLength;
  } catch (error) {
    if (awsErrorName(error) === 'NotFound' || awsErrorName(error) === 'NoSuchKey') return undefined;
    throw error;
  }
}
