import { createCommitStatus, createDeployment, createDeploymentStatus } from '@gantry/cloud/github/repository.ts';
import { type ErrorKind, GantryError } from '@gantry/contract/errors.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { lookUp, optional } from '../../access.ts';
import { deploymentAt } from '../../deployments/lookups.ts';
import type { Progress } from '../../deployments/progress.ts';
import { unlessRefused } from '../../entity.ts';
import { environmentAt, projectAt, serviceAt } from '../../projects/lookups.ts';
import { ttlAfter } from '../../table.ts';
import { github, repositoryOf } from './app.ts';
import { type Report, reportOf } from './report.ts';
import { ReportEntity } from './store.ts';

/** GitHub need not be told of a deployment that nothing has happened to for so long, in seconds. */
const KEPT_SECONDS = 90 * 24 * 3600;
/** How often a deployment may go on while GitHub is being told of it. */
const ROUNDS = 5;
/** What only the team, or an administrator of the repository, can put right: the App was removed, suspended, or may not write statuses. */
const THEIRS: readonly ErrorKind[] = ['Conflict', 'Forbidden', 'NotFound', 'Invalid'];

/**
 * Tells GitHub how a deployment of a commit stands now, whatever the event said: events may come late and in any order. Harmless when repeated; of two
 * at once, the one that finds the other's newer word there tells again what is the case by then.
 */
export async function report({ teamId, id }: Pick<Deployment, 'teamId' | 'id'>): Promise<void> {
  try {
    for (let round = 0; round < ROUNDS; round += 1) if (await tell(teamId, id, round > 0)) return;
  } catch (error) {
    if (!(error instanceof GantryError && THEIRS.includes(error.kind))) throw error;
  }
}

/** Answers whether what was told is still the case. `again` is told whatever is noted: an older word went out after it. */
async function tell(teamId: string, deploymentId: string, again: boolean): Promise<boolean> {
  const [record] = await lookUp(optional(deploymentAt(teamId, deploymentId)));
  if (record?.source.kind !== 'github' || record.source.commit === null) return true;
  const { data: told } = await ReportEntity.get({ teamId, deploymentId }).go({ consistent: true });
  if (!again && told !== null && told.version >= record.version) return true;
  const state = reportOf(record.status, record.reason?.detail);
  const same = !again && told !== null && told.state === state.deployment;
  const githubId = same ? told.githubId : await send(record, record.source, state, told?.githubId);
  const noted = ReportEntity.put({
    ...{ teamId, deploymentId, githubId, version: record.version, state: state.deployment },
    ttl: ttlAfter(KEPT_SECONDS),
  }).where(({ version }, { lte, notExists }) => `${notExists(version)} OR ${lte(version, record.version)}`);
  return (await unlessRefused(() => noted.go())) !== undefined;
}

async function send(
  record: Progress['deployment'],
  { repository: fullName, commit }: Extract<Deployment['source'], { kind: 'github' }>,
  state: Report,
  known: number | undefined,
): Promise<number> {
  const [project, service, environment] = await lookUp(projectAt(record), serviceAt(record), environmentAt(record));
  const [app, repository] = await Promise.all([github(), repositoryOf(record.teamId, fullName)]);
  const sha = commit?.id ?? '';
  const place = `${project.slug}/${environment.slug}/${service.slug}`;
  const { description } = state;
  const githubId =
    known ?? (await createDeployment(app, repository, { sha, environment: place, description: `Gantry ${record.id}` }));
  await createDeploymentStatus(app, repository, githubId, {
    state: state.deployment,
    description,
    environmentUrl: record.url,
  });
  if (state.commit !== undefined) {
    const status = { state: state.commit, description, context: `gantry/${place}`, targetUrl: record.url };
    await createCommitStatus(app, repository, sha, status);
  }
  return githubId;
}
