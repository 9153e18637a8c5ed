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

/** GitHub need not be told of a deployment that nothing has happened to for so long, in seconds. */
const KEPT_SECONDS = 90 * 24 * 3600;
/** How long one may take to tell, in milliseconds: longer than its function runs. */
const BUSY_MS = 40_000;
/** Failures that only the team or an administrator of the repository can mend: the App was removed, suspended, or may not write statuses. */
const THEIRS: readonly ErrorKind[] = ['Conflict', 'Forbidden', 'NotFound', 'Invalid'];

/**
 * Tells GitHub how a deployment of a commit stands now, whatever the event said: events may come late and in any order. One tells at a time, so that no older word
 * comes after a newer one, and GitHub has one deployment of ours; throws Unavailable where somebody else is at it. Harmless when repeated.
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
  /** GitHub's number of its deployment, where it has one. */
  readonly githubId: number | undefined;
}

/** The status that GitHub does not have yet; undefined where it has it, or where the deployment is none of its business. */
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
  // The App may write where the person who connected the repository may not: it does nothing for them that they could not do.
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
