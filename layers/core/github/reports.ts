import { createCommitStatus, createDeployment, createDeploymentStatus } from '@gantry/cloud/github/repository.ts';
import { type ErrorKind, GantryError } from '@gantry/contract/errors.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { Progress } from '../deployments/progress.ts';
import { unlessRefused } from '../kernel/entity.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { ttlAfter } from '../kernel/table.ts';
import { currentName } from '../projects/repositories.ts';
import { deploymentAt } from '../records/deployment-lookups.ts';
import { ReportEntity } from '../records/github.ts';
import { environmentAt, projectAt, serviceAt } from '../records/project-lookups.ts';
import { reachRepository } from '../source/github/access.ts';
import { type Report, reportOf } from '../source/github/report.ts';

/** GitHub gets no status of a deployment that has not changed for this time, in seconds. */
const KEPT_SECONDS = 90 * 24 * 3600;
/** How long one report may take, in milliseconds: longer than its function runs. */
const BUSY_MS = 40_000;
/** Failures that only the team or an administrator of the repository can fix: the App was removed or suspended, or may not write statuses. */
const THEIRS: readonly ErrorKind[] = ['Conflict', 'Forbidden', 'NotFound', 'Invalid'];

/**
 * Sends GitHub the present status of a commit's deployment. The event does not matter, because events may arrive late and in any order. One caller at
 * a time reports, so that no older status follows a newer one, and GitHub has one deployment of ours. Throws Unavailable while another caller
 * reports. Harmless when repeated.
 */
export async function report({ teamId, id: deploymentId }: Pick<Deployment, 'teamId' | 'id'>): Promise<void> {
  const key = { teamId, deploymentId };
  if ((await untold(key)) === undefined) return;
  const now = Date.now();
  const taken = ReportEntity.update(key)
    .set({ busyUntil: now + BUSY_MS, ttl: ttlAfter(KEPT_SECONDS) })
    .where(({ busyUntil }, { lt, notExists }) => `${notExists(busyUntil)} OR ${lt(busyUntil, now)}`);
  if ((await unlessRefused(() => taken.go())) === undefined)
    throw new GantryError('Unavailable', `GitHub is being told of ${deploymentId}. Try again.`);
  try {
    const next = await untold(key);
    if (next !== undefined) await tell(key, next);
  } catch (error) {
    if (!(error instanceof GantryError && THEIRS.includes(error.kind))) throw error;
  } finally {
    await ReportEntity.patch(key).remove(['busyUntil']).go();
  }
}

interface Key {
  readonly teamId: string;
  readonly deploymentId: string;
}

interface Untold {
  readonly record: Progress['deployment'];
  readonly source: Extract<Deployment['source'], { kind: 'github' }>;
  readonly state: Report;
  /** The number of the deployment on GitHub, if there is one. */
  readonly githubId: number | undefined;
}

/** The status that GitHub lacks; undefined when GitHub has it, or when GitHub does not need it. */
async function untold(key: Key): Promise<Untold | undefined> {
  const [record] = await lookUp(optional(deploymentAt(key.teamId, key.deploymentId)));
  if (record?.source.kind !== 'github' || record.source.commit === null) return undefined;
  const { data: told } = await ReportEntity.get(key).go({ consistent: true });
  const state = reportOf(record.status, record.reason?.detail);
  if (state === undefined || told?.state === state.deployment) return undefined;
  return { record, source: record.source, state, githubId: told?.githubId };
}

async function tell(key: Key, { record, source, state, githubId: known }: Untold): Promise<void> {
  const [project, service, environment] = await lookUp(projectAt(record), serviceAt(record), environmentAt(record));
  const { github: app, repository, mayWrite } = await reachRepository(record.teamId, currentName(source, service));
  // The App may write where the person who connected the repository may not. It does nothing that this person could not do.
  if (!mayWrite) return;
  const sha = source.commit?.id ?? '';
  const place = `${project.slug}/${environment.slug}/${service.slug}`;
  const { description } = state;
  const made = { sha, environment: place, description: `Gantry ${record.id}` };
  const githubId = known ?? (await createDeployment(app, repository, made));
  if (known === undefined) await ReportEntity.patch(key).set({ githubId }).go();
  await createDeploymentStatus(app, repository, githubId, {
    state: state.deployment,
    description,
    environmentUrl: record.url,
  });
  if (state.commit !== undefined) {
    const status = { state: state.commit, description, context: `gantry/${place}`, targetUrl: record.url };
    await createCommitStatus(app, repository, sha, status);
  }
  await ReportEntity.patch(key).set({ state: state.deployment }).go();
}
