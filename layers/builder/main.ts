import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import type { BuildOrder } from '@gantry/wiring/build.ts';
import { type BuildResult, build } from './build.ts';
import { BuildError, errorMessage } from './build-error.ts';
import { ClaimRefused, claimOrder } from './claim.ts';
import { downloadArchive } from './download.ts';
import { dropCredentials, type Environment, readEnvironment } from './environment.ts';
import { copyImage } from './image/copy.ts';
import { ARCHITECTURE } from './oci/image.ts';
import { createOutput } from './output.ts';
import { reportOf } from './report.ts';

/** The architecture of a real cluster's nodes. A platform on one machine uses the machine's own. */
const NODES = 'arm64';

const output = createOutput((line) => process.stdout.write(`${line}\n`));

/**
 * The program that CodeBuild runs. It claims its order, builds, pushes, and leaves `result.json` in the working folder.
 * Exit codes: 0 after success, 1 if the owner of the source must act or the build was stopped, 2 if the platform
 * refused the order, or if the builder or a system below it failed. The last line of output gives the reason.
 */
async function main(signal: AbortSignal): Promise<number> {
  const scratch = await mkdtemp(join(tmpdir(), 'build-'));
  try {
    await rm('result.json', { force: true });
    const variables = readEnvironment(process.env);
    output.print(`Building deployment ${variables.DEPLOYMENT_ID}`);
    const order = await claimOrder(variables, signal);
    dropCredentials(process.env);
    output.seal(order.secrets);
    const { imageDigest, plan } = await carryOut(order, variables, scratch, signal);
    await writeResult({ imageDigest, plan, report: reportOf(plan) });
    return 0;
  } catch (error) {
    const known = error instanceof BuildError;
    const message = errorMessage(error);
    if (known) await writeResult({ error: { message, lines: error.lines } });
    const line = known || error instanceof ClaimRefused ? message : `internal: ${message}`;
    output.conclude(`error: ${signal.aborted ? 'the build was stopped' : line}`);
    return known || signal.aborted ? 1 : 2;
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function carryOut(
  order: BuildOrder,
  variables: Environment,
  scratch: string,
  signal: AbortSignal,
): Promise<BuildResult> {
  const { credentials } = order;
  const repository = { uri: order.repositoryUri, authorization: await registryAuthorization(credentials, signal) };
  if (order.source.kind === 'image') {
    return copyImage({
      reference: order.source.reference,
      repository,
      architecture: variables.BUILD_ENGINE === 'process' ? ARCHITECTURE : NODES,
      privateSources: order.privateSources,
      signal,
      print: output.print,
    });
  }
  const archive = join(scratch, 'source.tar.gz');
  await downloadArchive(order.source, archive, credentials, signal);
  return build({
    archive,
    sourceRoot: order.source.rootFolder,
    settings: order,
    engine: variables.BUILD_ENGINE,
    scratch,
    repository,
    ...(variables.BUILD_CACHE_DIR !== undefined && { cacheDir: variables.BUILD_CACHE_DIR }),
    cacheRepository: order.cacheRepositoryUri,
    environment: process.env,
    variables: order.variables,
    timeoutMs: variables.BUILD_TIMEOUT_MINUTES * 60_000,
    signal,
    print: output.print,
  });
}

async function registryAuthorization(credentials: BuildOrder['credentials'], signal: AbortSignal): Promise<string> {
  const { authorizationData } = await new ECRClient({ credentials }).send(new GetAuthorizationTokenCommand({}), {
    abortSignal: signal,
  });
  const token = authorizationData?.[0]?.authorizationToken;
  if (token === undefined) throw new Error('ECR gave no authorization token');
  return `Basic ${token}`;
}

/** Masks every text in the result except the digest. */
async function writeResult(result: object): Promise<void> {
  const masked = JSON.stringify(result, (key, value: unknown) =>
    typeof value === 'string' && key !== 'imageDigest' ? output.show(value) : value,
  );
  await writeFile('result.json', masked);
}

const stop = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stop.abort());
process.exitCode = await main(stop.signal);
