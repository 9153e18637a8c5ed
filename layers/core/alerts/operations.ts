import { privateAddresses } from '@gantry/cloud/environment.ts';
import { fieldError } from '@gantry/contract/field-names.ts';
import { newId } from '@gantry/contract/ids.ts';
import { quotas } from '@gantry/contract/quotas.ts';
import type { Alert, AlertChange, NewAlert, Silence, UptimeCheck } from '@gantry/contract/schemas/alerts.ts';
import { authorise } from '../access/authorise.ts';
import type { Caller } from '../access/caller.ts';
import { addressIn } from '../kernel/address.ts';
import { item } from '../kernel/entity.ts';
import { willAnswer } from '../kernel/idempotency/execution.ts';
import { type PageQuery, page, pageOptions } from '../kernel/page.ts';
import { replaced } from '../kernel/replace.ts';
import { retryStale, transact } from '../kernel/transact.ts';
import {
  ALERT_SHARD,
  AlertChangeEntity,
  AlertEntity,
  type AlertPath,
  type AlertRecord,
  alertAt,
  alertsOfProject,
  ofProject,
} from '../records/alerts.ts';
import { requireActive, requireRoom, requireVersion, whileActive } from '../records/project-guards.ts';
import { environmentAt, type ProjectPath, projectAt, serviceAt } from '../records/project-lookups.ts';
import { viewAlert, viewChange } from './view.ts';

const MINUTE_MS = 60_000;
const DEFAULT_MINUTES = 5;
/** A certificate that is renewed in time has more days left. */
const CERTIFICATE_DAYS = 14;
/** The longest silence. */
const SILENCE_DAYS = 30;

/** Creates an alert. It begins well, and the present minute is the first that it judges. */
export async function createAlert(caller: Caller, path: ProjectPath, input: NewAlert): Promise<Alert> {
  const { environmentId, serviceId } = input;
  const service = serviceAt({ ...path, serviceId });
  const environment = environmentAt({ ...path, environmentId });
  const { found } = await authorise(caller, 'alert.manage', path, projectAt(path), service, environment);
  requireActive(...found);
  requireRoom((await alertsOfProject(path)).length, quotas.alertsPerProject, 'alerts in a project');
  const { threshold, windowMinutes = DEFAULT_MINUTES, clearThreshold = threshold, check: _, ...given } = input;
  const check = checkOf(input);
  const { calmMinutes = DEFAULT_MINUTES, missingData = 'ok' } = input;
  const now = Date.now();
  const at = new Date(now).toISOString();
  const alert: AlertRecord = {
    ...{ teamId: path.teamId, projectId: path.projectId, ...given, id: newId('alert'), shard: ALERT_SHARD },
    ...{ threshold, windowMinutes, clearThreshold, calmMinutes, missingData, ...(check && { check }) },
    ...{ state: 'ok', told: false, judged: Math.floor(now / MINUTE_MS) - 1, since: at, createdAt: at, version: 1 },
  };
  requireOrder(alert);
  const data = willAnswer(viewAlert(alert));
  await transact([{ item: item.put(AlertEntity.create(alert)) }, ...whileActive(service, environment)], {
    name: 'alert.created',
    teamId: path.teamId,
    actor: caller.userId,
    aggregate: alert,
    data,
  });
  return data;
}

/** The alerts of a project, oldest first. */
export async function listAlerts(caller: Caller, path: ProjectPath, query: PageQuery) {
  await authorise(caller, 'alert.read', path, projectAt(path));
  return page(query, () => ofProject(path).go(pageOptions(query)), viewAlert);
}

export async function getAlert(caller: Caller, path: AlertPath): Promise<Alert> {
  const { found } = await authorise(caller, 'alert.read', path, projectAt(path), alertAt(path));
  return viewAlert(found[1]);
}

/** The changes of an alert's state, newest first. */
export async function alertHistory(caller: Caller, path: AlertPath, query: PageQuery) {
  await authorise(caller, 'alert.read', path, projectAt(path), alertAt(path));
  const { teamId, alertId } = path;
  const changes = AlertChangeEntity.query.primary({ teamId, alertId });
  return page(query, () => changes.go({ ...pageOptions(query), order: 'desc' }), viewChange);
}

/** Changes the rule of an alert. Throws PreconditionFailed where it is not at version `ifMatch`. */
export function updateAlert(caller: Caller, path: AlertPath, change: AlertChange, ifMatch?: number): Promise<Alert> {
  return changed(caller, path, (alert) => {
    requireVersion(alert, ifMatch);
    const { check: given, ...rest } = change;
    const check = given === undefined ? alert.check : checkOf({ metric: alert.metric, check: given });
    const next: AlertRecord = { ...replaced<AlertRecord>(alert, rest), ...(check && { check }) };
    // A rule whose two thresholds were one keeps one.
    const isOne = alert.clearThreshold === alert.threshold && change.clearThreshold === undefined;
    const whole = isOne ? { ...next, clearThreshold: next.threshold } : next;
    requireOrder(whole);
    return whole;
  });
}

/** Holds the notifications of an alert back until an instant, at most 30 days ahead; null ends the silence now. */
export function silenceAlert(caller: Caller, path: AlertPath, { until }: Silence): Promise<Alert> {
  const ahead = until === null ? 0 : Date.parse(until) - Date.now();
  if (until !== null && (ahead <= 0 || ahead > SILENCE_DAYS * 24 * 3600_000))
    throw fieldError('body.until', `must be in the future, at most ${SILENCE_DAYS} days ahead`);
  return changed(caller, path, ({ silencedUntil, ...alert }) => ({
    ...alert,
    ...(until !== null && { silencedUntil: until }),
  }));
}

export function deleteAlert(caller: Caller, path: AlertPath): Promise<Alert> {
  return retryStale(async () => {
    const { found } = await authorise(caller, 'alert.manage', path, projectAt(path), alertAt(path));
    const [, alert] = found;
    const { teamId, projectId, id, version: known } = alert;
    const gone = { ...alert, version: known + 1 };
    const data = viewAlert(gone);
    const remove = AlertEntity.remove({ shard: ALERT_SHARD, teamId, projectId, id }).where(({ version }, { eq }) =>
      eq(version, known),
    );
    const told = { name: 'alert.deleted', teamId, actor: caller.userId, aggregate: gone, data } as const;
    await transact([{ item: item.remove(remove) }], told);
    return data;
  });
}

function changed(caller: Caller, path: AlertPath, change: (alert: AlertRecord) => AlertRecord): Promise<Alert> {
  return retryStale(async () => {
    const { found } = await authorise(caller, 'alert.manage', path, projectAt(path), alertAt(path));
    const [project, alert] = found;
    requireActive(project);
    const next = { ...change(alert), version: alert.version + 1 };
    const data = viewAlert(next);
    const put = AlertEntity.put(next).where(({ version }, { eq }) => eq(version, alert.version));
    const { teamId } = alert;
    await transact([{ item: item.put(put) }], {
      name: 'alert.updated',
      teamId,
      actor: caller.userId,
      aggregate: next,
      data,
    });
    return data;
  });
}

function requireOrder({ clearThreshold, threshold }: AlertRecord): void {
  if (clearThreshold > threshold) throw fieldError('body.clearThreshold', 'must not be above the threshold');
}

/** The whole check of an alert on uptime. Throws Invalid for a check of another metric, for none, and for an address that Gantry does not call. */
function checkOf({ metric, check }: Pick<NewAlert, 'metric' | 'check'>): UptimeCheck | undefined {
  if (metric !== 'uptime' && check !== undefined) throw fieldError('body.check', 'is only for metric uptime');
  if (metric !== 'uptime') return undefined;
  if (check === undefined) throw fieldError('body.check', 'is missing: say which address to check');
  addressIn('body.check.url', check.url, privateAddresses());
  const { url, method = 'GET', status = 200, text = null, certificateDays = CERTIFICATE_DAYS } = check;
  return { url, method, status, text, certificateDays };
}
