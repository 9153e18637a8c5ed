import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import type { Target } from '@gantry/local/example/deploy.ts';
import { ACCOUNT } from '@gantry/local/kernel/kernel.ts';
import { type BuildClaim, BuildOrder } from '@gantry/wiring/build.ts';
import { beforeAll, expect, it } from '@jest/globals';
import { placeOf } from '../../local/assembly/place.ts';
import { assembled, ofType } from '../infra/synthesis.ts';
import { newService } from '../journeys/platform.ts';
import { patience } from '../patience.ts';
import { deployPages, ended, type Held } from './actions.ts';
import { buildOf, claimed, variableOf } from './builds.ts';
import { client, platform } from './fixture.ts';
import type { Platform } from './platform.ts';

type Settings = Platform['operator'];

/** A live service. */
let theirs: Target;
let victim: Held;
/** A service with a waiting build. The test tries the rights of this build. */
let mine: Target;
let hostile: Held;
let claim: BuildClaim;
let claimFunction: string;
let order: BuildOrder;
/** A file that tells the hostile build its targets. */
let known: string;

beforeAll(async () => {
  [theirs, mine] = [await newService(client, 'theirs'), await newService(client, 'mine')];
  known = join(platform.folder, 'known.json');
  victim = await deployPages(platform, client, theirs, { text: 'theirs' });
  const files = { 'attack.mjs': attack(known) };
  hostile = await deployPages(platform, client, mine, { files, run: 'node attack.mjs', exitCode: 3 });
  victim.goOn();
  await claimed(platform, hostile.deployment);
  const build = await buildOf(platform, hostile.deployment);
  claimFunction = variableOf(build, 'CLAIM_FUNCTION');
  claim = {
    deploymentId: hostile.deployment.id,
    ticket: variableOf(build, 'BUILD_TICKET'),
    claimant: build.id ?? '',
  };
  order = BuildOrder.parse(JSON.parse((await ask(await ofAllBuilds())).answer));
  expect((await ended(platform, client, theirs, victim.deployment)).status).toBe('live');
}, 90_000);

/** Claims an order as `settings`, with the ticket of the hostile build by default. */
async function ask(settings: Settings, change: Partial<BuildClaim> = {}) {
  const Payload = JSON.stringify({ ...claim, ...change });
  const command = new InvokeCommand({ FunctionName: claimFunction, Payload });
  const { Payload: answer, FunctionError } = await new LambdaClient(settings).send(command);
  return { answer: answer?.transformToString() ?? '', error: FunctionError };
}

/** The ARN of a role of the stack of builds, by its name in the CDK app. */
async function roleArn(name: 'Role' | 'Access'): Promise<string> {
  const role = ofType(await assembled(), 'AWS::IAM::Role').find(
    ({ stack, logicalId }) => stack === 'gantry-local-builds' && logicalId.slice(0, -8) === name,
  );
  const place = placeOf(platform.cloud.kernel, role?.stack ?? '', role?.logicalId ?? '');
  return `arn:aws:iam::${ACCOUNT}:role/${place.name(64)}`;
}

/** Credentials of the role of every CodeBuild build, for an SDK client. */
async function ofAllBuilds(): Promise<Settings> {
  const principal = { kind: 'role', arn: await roleArn('Role'), session: 'AWSCodeBuild-test' } as const;
  return { ...platform.operator, credentials: { ...platform.cloud.kernel.iam.credentials(principal) } };
}

const archiveOf = ({ teamId, serviceId }: Target, { deployment: { source } }: Held) =>
  `uploads/${teamId}/${serviceId}/${source.kind === 'upload' ? source.uploadId : ''}.tar.gz`;
const bucketOf = ({ source }: BuildOrder) => (source.kind === 'archive' ? new URL(source.uri).hostname : '');
const imagesOf = ({ serviceId }: Target) => `gantry-local/${toKubernetesName(serviceId)}`;
const cacheOf = ({ serviceId }: Target) => `gantry-local/cache/${toKubernetesName(serviceId)}`;

/** The status of an answer of the registry, the name of an SDK client's error, or that the call was allowed. */
async function outcome(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (status) => (typeof status === 'number' ? status : 'allowed'),
    (error: unknown) => (error instanceof Error ? error.name : error),
  );
}

async function outcomes(calls: Readonly<Record<string, Promise<unknown>>>): Promise<Record<string, unknown>> {
  const all = Object.entries(calls).map(async ([what, call]) => [what, await outcome(call)] as const);
  return Object.fromEntries(await Promise.all(all));
}

it("lets a build's session read its own archive and push to its own images and cache only", async () => {
  const session = { ...platform.operator, credentials: order.credentials };
  const s3 = new S3Client({ ...session, forcePathStyle: true });
  const [Bucket, ownKey, theirKey] = [bucketOf(order), archiveOf(mine, hostile), archiveOf(theirs, victim)];
  const { authorizationData } = await new ECRClient(session).send(new GetAuthorizationTokenCommand({}));
  const headers = { authorization: `Basic ${authorizationData?.[0]?.authorizationToken}` };
  const registry = (method: string, path: string) =>
    fetch(`${session.endpoint}/v2/${path}`, { method, headers }).then(({ status }) => status);
  const logs = new CloudWatchLogsClient(session);
  const { groupName: logGroupName = '', streamName: logStreamName = '' } =
    (await buildOf(platform, victim.deployment)).logs ?? {};
  const logEvents = [{ timestamp: Date.now(), message: 'forged' }];
  const RoleArn = await roleArn('Access');
  expect(
    await outcomes({
      'reads its archive': s3.send(new GetObjectCommand({ Bucket, Key: ownKey })),
      'pushes an image': registry('POST', `${imagesOf(mine)}/blobs/uploads/`),
      'pushes to its cache': registry('POST', `${cacheOf(mine)}/blobs/uploads/`),
      'writes its archive': s3.send(new PutObjectCommand({ Bucket, Key: ownKey, Body: 'forged' })),
      'reads another archive': s3.send(new GetObjectCommand({ Bucket, Key: theirKey })),
      'lists the archives': s3.send(new ListObjectsV2Command({ Bucket })),
      'pulls an image of another': registry('GET', `${imagesOf(theirs)}/manifests/latest`),
      'pushes an image of another': registry('POST', `${imagesOf(theirs)}/blobs/uploads/`),
      'pulls from the cache of another': registry('GET', `${cacheOf(theirs)}/manifests/latest`),
      'pushes to the cache of another': registry('POST', `${cacheOf(theirs)}/blobs/uploads/`),
      'lists the images of another': registry('GET', `${imagesOf(theirs)}/tags/list`),
      'reads the log of builds': logs.send(new FilterLogEventsCommand({ logGroupName })),
      'begins a log': logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 'forged' })),
      'writes to the log of another': logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents })),
      'claims its order': ask(session),
      'claims the order of another': ask(session, { deploymentId: victim.deployment.id }),
      'takes the role for every service': new STSClient(session).send(
        new AssumeRoleCommand({ RoleArn, RoleSessionName: 'every' }),
      ),
    }),
  ).toEqual({
    'reads its archive': 'allowed',
    'pushes an image': 202,
    'pushes to its cache': 202,
    'writes its archive': 'AccessDenied',
    'reads another archive': 'AccessDenied',
    'lists the archives': 'AccessDenied',
    'pulls an image of another': 403,
    'pushes an image of another': 403,
    'pulls from the cache of another': 403,
    'pushes to the cache of another': 403,
    'lists the images of another': 403,
    'reads the log of builds': 'AccessDeniedException',
    'begins a log': 'AccessDeniedException',
    'writes to the log of another': 'AccessDeniedException',
    'claims its order': 'AccessDeniedException',
    'claims the order of another': 'AccessDeniedException',
    'takes the role for every service': 'AccessDenied',
  });
}, 30_000);

it('lets the role of all builds claim an order with its own ticket, and reach nothing of a service', async () => {
  const project = await ofAllBuilds();
  const s3 = new S3Client({ ...project, forcePathStyle: true });
  const RoleArn = await roleArn('Access');
  for (const change of [{ claimant: 'another' }, { ticket: 'a guess' }, { deploymentId: victim.deployment.id }]) {
    const { answer, error } = await ask(project, change);
    expect([error, answer]).toEqual(['Unhandled', expect.stringContaining('has been claimed, or is not this one')]);
  }
  const logs = new CloudWatchLogsClient(project);
  const { groupName: logGroupName = '', streamName: logStreamName = '' } =
    (await buildOf(platform, victim.deployment)).logs ?? {};
  const logEvents = [{ timestamp: Date.now(), message: 'forged' }];
  expect(
    await outcomes({
      'reads the log of builds': logs.send(new FilterLogEventsCommand({ logGroupName })),
      'lists the logs of builds': logs.send(new DescribeLogStreamsCommand({ logGroupName })),
      'begins a log that is not of a build': logs.send(
        new CreateLogStreamCommand({ logGroupName, logStreamName: 'forged' }),
      ),
      'writes to the log of another whose whole name it knows': logs.send(
        new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }),
      ),
      'reads an archive': s3.send(new GetObjectCommand({ Bucket: bucketOf(order), Key: archiveOf(mine, hostile) })),
      'enters the registry': new ECRClient(project).send(new GetAuthorizationTokenCommand({})),
      'takes the role for every service': new STSClient(project).send(
        new AssumeRoleCommand({ RoleArn, RoleSessionName: 'every' }),
      ),
    }),
  ).toEqual({
    'reads the log of builds': 'AccessDeniedException',
    'lists the logs of builds': 'AccessDeniedException',
    'begins a log that is not of a build': 'AccessDeniedException',
    // The remaining rights: docs/flows/push-to-live.md, "The rights of a build".
    'writes to the log of another whose whole name it knows': 'allowed',
    'reads an archive': 'AccessDenied',
    'enters the registry': 'AccessDeniedException',
    'takes the role for every service': 'AccessDenied',
  });
});

it('gives the commands of an app no credentials, so that they reach nothing of the platform', async () => {
  writeFileSync(
    known,
    JSON.stringify({
      endpoint: platform.operator.endpoint,
      archive: `${bucketOf(order)}/${archiveOf(theirs, victim)}`,
      images: imagesOf(theirs),
      claimFunction,
    }),
  );
  hostile.goOn();
  await ended(platform, client, mine, hostile.deployment);
  const { lines } = await client('logs.build', { params: { ...mine, deploymentId: hostile.deployment.id } });
  const told = lines.flatMap(({ text }) => (text.startsWith('tried ') ? [text] : []));
  expect(told).toEqual([
    'tried its environment: nothing',
    'tried the container credentials: no answer',
    'tried an archive: 403 AccessDenied',
    'tried a pull: 401 UNAUTHORIZED',
    'tried a push: 401 UNAUTHORIZED',
    'tried the claim: 403 MissingAuthenticationToken',
  ]);
}, 60_000);

/** Prints the result of each thing that an app's own command tries. Nothing in `file` is a secret. */
function attack(file: string): string {
  return `
import { readFileSync } from 'node:fs';
const { endpoint, archive, images, claimFunction } = JSON.parse(readFileSync('${file}', 'utf8'));
const tried = async (what, how) => console.log('tried ' + what + ': ' + (await how().catch(() => 'no answer')));
const asked = async (path, init) => {
  const answer = await fetch(endpoint + path, { signal: AbortSignal.timeout(${patience(5000)}), ...init });
  const [error] = /MissingAuthenticationToken|AccessDenied|UNAUTHORIZED/.exec(await answer.text()) ?? [];
  return answer.status + ' ' + error;
};
const secret = /^AWS_|TICKET|TOKEN|SECRET|CREDENTIAL|CLAIM/i;
await tried('its environment', async () => Object.keys(process.env).filter((name) => secret.test(name)).join() || 'nothing');
await tried('the container credentials', async () => {
  const { ok } = await fetch('http://169.254.170.2/v2/credentials', { signal: AbortSignal.timeout(${patience(1000)}) });
  return ok ? 'given' : 'no answer';
});
await tried('an archive', () => asked('/' + archive));
await tried('a pull', () => asked('/v2/' + images + '/manifests/latest'));
await tried('a push', () => asked('/v2/' + images + '/blobs/uploads/', { method: 'POST' }));
await tried('the claim', () => asked('/2015-03-31/functions/' + claimFunction + '/invocations', { method: 'POST', body: '{}' }));
`;
}
