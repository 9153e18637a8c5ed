import { runningReplicas } from '@gantry/cluster/exec.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { newId } from '@gantry/contract/ids.ts';
import { type ExecSession, execLimits, type NewExec } from '@gantry/contract/schemas/exec.ts';
import { bytesOf, sizeText } from '@gantry/contract/sizes.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { item } from '../kernel/entity.ts';
import { willAnswer } from '../kernel/idempotency/execution.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { ttlAfter } from '../kernel/table.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import { type InstancePath, instanceAt, releaseAt } from '../records/deployment-lookups.ts';
import type { InstanceRecord } from '../records/deployments.ts';
import { ExecEntity, type ExecRecord, execAt } from '../records/exec.ts';
import { requireActive, whileActive } from '../records/project-guards.ts';
import { environmentAt, projectAt, serviceAt } from '../records/project-lookups.ts';
import { endSession, LOST } from './ending.ts';
import { maskOf } from './mask.ts';
import { freeSlot, slotsOf, takeSlot } from './slots.ts';
import { auditDetail, viewExec } from './view.ts';

/** How long a session's record is kept, in seconds; the audit log keeps its own entry. */
const KEPT_SECONDS = 24 * 3600;

/**
 * Starts a command in a replica of the live release once the client follows its topic. Throws Conflict with advice when nothing is live, the service
 * is stopped or a cron service, or no replica runs; NotFound for a replica that does not run; TooLarge and QuotaExceeded beyond `execLimits`.
 */
export function createExec(caller: Caller, path: InstancePath, body: NewExec): Promise<ExecSession> {
  return retryStale(async () => {
    const { found } = await authorise(
      caller,
      'service.exec',
      path,
      projectAt(path),
      serviceAt(path),
      environmentAt(path),
      optional(instanceAt(path)),
    );
    const [project, service, environment, instance] = found;
    requireActive(project, service, environment);
    const command = body.command ?? [];
    requireFits(command);
    const releaseId = await liveRelease(instance, service.slug, environment.slug);
    const replica = await replicaOf({ environmentId: path.environmentId, releaseId }, service.slug, body.replica);
    const now = Date.now();
    const slots = await slotsOf(path);
    for (const { execId, until } of slots) if (until < now) await endSession(path.teamId, execId, LOST);
    const slot = freeSlot(slots, now);
    const mask = await maskOf(path, releaseId);
    const record: ExecRecord = {
      ...{ teamId: path.teamId, projectId: path.projectId },
      ...{ environmentId: path.environmentId, serviceId: path.serviceId },
      ...{ id: newId('exec'), userId: caller.userId, replica, slot },
      ...{ command: command.map(mask), given: [...command], ...(body.terminal && { terminal: body.terminal }) },
      ...{ createdAt: new Date(now).toISOString(), version: 1, ttl: ttlAfter(KEPT_SECONDS) },
    };
    const reply = willAnswer(viewExec(record));
    await transact(
      [
        { item: item.put(ExecEntity.create(record)) },
        takeSlot(path, slot, record.id, now),
        ...whileActive(projectAt(path), serviceAt(path), environmentAt(path)),
      ],
      {
        name: 'exec.requested',
        teamId: path.teamId,
        actor: caller.userId,
        aggregate: { id: record.id, version: record.version },
        data: reply,
        detail: auditDetail(record),
      },
    );
    return reply;
  });
}

/** A command from the last day in a service. Throws NotFound for a command of another service. */
export async function getExec(caller: Caller, path: InstancePath & { readonly execId: string }): Promise<ExecSession> {
  const { teamId, execId } = path;
  const { found } = await authorise(
    caller,
    'service.exec',
    path,
    projectAt(path),
    serviceAt(path),
    environmentAt(path),
    execAt(teamId, execId),
  );
  const [, , , record] = found;
  if (record.serviceId !== path.serviceId || record.environmentId !== path.environmentId)
    throw new GantryError('NotFound', `There is no session ${execId} here.`);
  return viewExec(record);
}

function requireFits(command: readonly string[]): void {
  const bytes = command.reduce((sum, word) => sum + bytesOf(word) + 1, 0);
  if (bytes > execLimits.bytesOfCommand)
    throw new GantryError(
      'TooLarge',
      `The command is ${sizeText(bytes)}; it can be at most ${sizeText(execLimits.bytesOfCommand)}. Give it a script on its standard input.`,
    );
}

async function liveRelease(
  instance: InstanceRecord | undefined,
  service: string,
  environment: string,
): Promise<string> {
  const { liveReleaseId, stoppedAt } = instance ?? {};
  const nowhere = `Nothing of ${service} is live in ${environment} yet: deploy it first.`;
  if (instance === undefined || liveReleaseId === undefined) throw new GantryError('Conflict', nowhere);
  const [release] = await lookUp(optional(releaseAt(instance.teamId, liveReleaseId)));
  if (release === undefined) throw new GantryError('Conflict', nowhere);
  if (release.kind === 'cron')
    throw new GantryError(
      'Conflict',
      `${service} is a cron service: nothing of it runs between its runs. Run the command on your machine, with its variables.`,
    );
  if (stoppedAt !== undefined)
    throw new GantryError('Conflict', `${service} is stopped in ${environment}. Start it first.`);
  return liveReleaseId;
}

async function replicaOf(
  release: { readonly environmentId: string; readonly releaseId: string },
  service: string,
  asked: string | undefined,
): Promise<string> {
  const running = await runningReplicas(release);
  const [first] = running;
  if (first === undefined)
    throw new GantryError('Conflict', `No replica of ${service} runs right now. See its status for the cause.`);
  if (asked === undefined || running.includes(asked)) return asked ?? first;
  throw new GantryError('NotFound', `No replica ${asked} of ${service} runs. These do: ${running.join(', ')}.`);
}
