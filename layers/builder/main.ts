import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type BuildResult, build } from './build.ts';
import { BuildError, errorMessage } from './build-error.ts';
import { readEnvironment } from './environment.ts';

/**
 * The program that CodeBuild runs: source from S3, plan, build, push, `result.json` in the working folder. It ends with 0; with 1
 * where the owner of the source must act; with 2 where the builder or what it stands on failed. The last line says which.
 */
async function main(signal: AbortSignal): Promise<number> {
  const scratch = await mkdtemp(join(tmpdir(), 'gantry-build-'));
  try {
    const result = await run(scratch, signal);
    await writeFile('result.json', JSON.stringify(result));
    return 0;
  } catch (error) {
    const known = error instanceof BuildError;
    const message = errorMessage(error);
    const line = signal.aborted ? 'the build was stopped' : known ? message : `internal: ${message}`;
    if (known) await writeFile('result.json', JSON.stringify({ error: { message, lines: error.lines } }));
    print(`error: ${line}`);
    return known || signal.aborted ? 1 : 2;
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function run(scratch: string, signal: AbortSignal): Promise<BuildResult> {
  await rm('result.json', { force: true });
  const variables = readEnvironment(process.env);
  print(`Building deployment ${variables.DEPLOYMENT_ID}`);
  const archive = join(scratch, 'source.tar.gz');
  await download(variables.SOURCE_URI, archive, signal);
  return build({
    archive,
    sourceRoot: variables.SOURCE_ROOT,
    engine: variables.BUILD_ENGINE,
    scratch,
    repository: { uri: variables.REPOSITORY_URI, authorization: await registryAuthorization(signal) },
    ...(variables.BUILD_CACHE_DIR !== undefined && { cacheDir: variables.BUILD_CACHE_DIR }),
    ...(variables.CACHE_REPOSITORY_URI !== undefined && { cacheRepository: variables.CACHE_REPOSITORY_URI }),
    environment: process.env,
    timeoutMs: variables.BUILD_TIMEOUT_MINUTES * 60_000,
    signal,
    print,
  });
}

async function download(uri: string, file: string, signal: AbortSignal): Promise<void> {
  const [, Bucket = '', Key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  const client = new S3Client({ forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined });
  const command = new GetObjectCommand({ Bucket, Key });
  const { Body } = await client.send(command, { abortSignal: signal });
  if (!(Body instanceof Readable)) throw new Error(`${uri} has no content`);
  await pipeline(Body, createWriteStream(file), { signal });
}

async function registryAuthorization(signal: AbortSignal): Promise<string> {
  const { authorizationData } = await new ECRClient({}).send(new GetAuthorizationTokenCommand({}), {
    abortSignal: signal,
  });
  const token = authorizationData?.[0]?.authorizationToken;
  if (token === undefined) throw new Error('ECR gave no authorization token');
  return `Basic ${token}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const stop = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stop.abort());
process.exitCode = await main(stop.signal);
