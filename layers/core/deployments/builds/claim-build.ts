import { environment, privateAddresses } from '@gantry/cloud/environment.ts';
import { assumeRole, type SessionStatement } from '@gantry/cloud/sts.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { type BuildClaim, type BuildOrder, type BuildSource, imageActions } from '@gantry/wiring/build.ts';
import { unlessRefused } from '../../kernel/entity.ts';
import { lookUp } from '../../kernel/lookup.ts';
import { TurnEntity, type TurnRecord } from '../../records/builds.ts';
import { serviceAt } from '../../records/project-lookups.ts';
import { archiveUri } from '../../source/archives.ts';
import { variablesOf } from '../../variables/service.ts';
import { type DeploymentRef, type Progress, readProgress, requireCurrent } from '../progress.ts';
import { repositoriesOf } from './names.ts';
import { ticketOf } from './ticket.ts';

/** The longest session of a role assumed from another role, in seconds. A build may not take that long. */
const SESSION_SECONDS = 3600;

/**
 * Gives a build its order once: to the first build with the ticket of its turn, and again to that same build. Throws Forbidden for any other build,
 * and Superseded when the deployment is no longer wanted.
 */
export async function claimBuild({ deploymentId, ticket, claimant }: BuildClaim): Promise<BuildOrder> {
  const { data: turn } = await TurnEntity.get({ deploymentId }).go({ consistent: true });
  if (turn?.grantedAt === undefined || ticketOf(turn) !== ticket) throw refused(deploymentId);
  const claimed = TurnEntity.patch({ deploymentId })
    .set({ claimedBy: claimant })
    .where((known, { eq, notExists }) =>
      [eq(known.taskToken, turn.taskToken), `(${notExists(known.claimedBy)} OR ${eq(known.claimedBy, claimant)})`].join(
        ' AND ',
      ),
    );
  if ((await unlessRefused(() => claimed.go())) === undefined) throw refused(deploymentId);
  return orderOf(turn);
}

async function orderOf(turn: TurnRecord): Promise<BuildOrder> {
  const progress = await readProgress(turn);
  requireCurrent(progress, turn);
  const [service] = await lookUp(serviceAt(turn));
  const source = buildSource(progress.deployment, service.rootFolder);
  const facts = { deploymentId: turn.deploymentId, source: progress.deployment.source };
  const { variables, secrets } = await variablesOf(turn, 'build', facts);
  const { accessKeyId, secretAccessKey, sessionToken } = await assumeRole(
    environment('BUILD_ACCESS_ROLE_ARN'),
    `build-${turn.deploymentId}`,
    rightsFor(turn, source),
    SESSION_SECONDS,
  );
  return {
    source,
    service: { name: service.slug, kind: service.kind },
    installCommand: service.build.installCommand,
    buildCommand: service.build.buildCommand,
    repositoryUri: turn.repositoryUri,
    cacheRepositoryUri: turn.cacheRepositoryUri,
    variables,
    secrets,
    credentials: { accessKeyId, secretAccessKey, sessionToken },
    privateSources: privateAddresses(),
  };
}

function buildSource(
  { id, teamId, serviceId, source, archiveDigest }: Progress['deployment'],
  rootFolder: string,
): BuildSource {
  if (source.kind === 'image') return { kind: 'image', reference: source.reference };
  const uri = archiveUri({ teamId, serviceId, id: source.kind === 'upload' ? source.uploadId : id });
  return { kind: 'archive', uri, sha256: archiveDigest ?? null, rootFolder };
}

/** A build may reach the archive of its source and its own service's repositories. The registry's token is for the whole account. */
function rightsFor({ serviceId }: DeploymentRef, source: BuildSource): SessionStatement[] {
  const { images, cache } = repositoriesOf(serviceId);
  const repositories = [images, cache].map((name) => `${environment('REPOSITORIES_ARN')}${name}`);
  const archive = source.kind === 'archive' ? [{ Action: ['s3:GetObject'], Resource: [objectArn(source.uri)] }] : [];
  return [
    ...archive,
    { Action: imageActions, Resource: repositories },
    { Action: ['ecr:GetAuthorizationToken'], Resource: ['*'] },
  ];
}

/** An object's ARN in the partition of the repositories: `aws`, `aws-cn`, `aws-us-gov`. */
function objectArn(uri: string): string {
  const [, partition] = environment('REPOSITORIES_ARN').split(':');
  return uri.replace(/^s3:\/\//, `arn:${partition}:s3:::`);
}

function refused(deploymentId: string): GantryError {
  return new GantryError('Forbidden', `The build of ${deploymentId} has been claimed, or is not this one's turn.`);
}
