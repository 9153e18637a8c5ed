import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { BuildOrder, BuildSource } from '@gantry/wiring/build.ts';
import { BuildError } from './build-error.ts';

/** Downloads the archive of a source into a file. Throws a `BuildError` if the archive is not the deployed one. */
export async function downloadArchive(
  { uri, sha256 }: Extract<BuildSource, { kind: 'archive' }>,
  file: string,
  credentials: BuildOrder['credentials'],
  signal: AbortSignal,
): Promise<void> {
  const [, Bucket = '', Key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  const client = new S3Client({ credentials, forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined });
  const command = new GetObjectCommand({ Bucket, Key });
  const { Body } = await client.send(command, { abortSignal: signal });
  if (!(Body instanceof Readable)) throw new Error(`${uri} has no content`);
  const hash = createHash('sha256');
  const hashed = async function* (pieces: AsyncIterable<Buffer>) {
    for await (const piece of pieces) {
      hash.update(piece);
      yield piece;
    }
  };
  await pipeline(Body, hashed, createWriteStream(file), { signal });
  if (sha256 === null || hash.digest('hex') === sha256) return;
  throw new BuildError('the archive of the source is not the one that was deployed; deploy the source again');
}
