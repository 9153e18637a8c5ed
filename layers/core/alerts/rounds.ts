import { item } from '../kernel/entity.ts';
import { lookUp, optional } from '../kernel/lookup.ts';
import { StaleWrite, transact } from '../kernel/transact.ts';
import { readMinutes } from '../metrics/minutes.ts';
import { AlertChangeEntity, AlertEntity, type AlertRecord, alertAt, readChecks } from '../records/alerts.ts';
import { minuteKey } from '../records/metrics.ts';
import { judge } from './judge.ts';
import { type Checks, lastFailure, type Measured, valueAt } from './value.ts';
import { viewAlert } from './view.ts';

const MINUTE_MS = 60_000;
const HISTORY_DAYS = 90;
const ACTOR = 'alerts';

/** Judges the alerts of one service in one environment in the minutes from `from` to `until` (since 1970). Their values come from one read. */
export async function judgeInstance(alerts: readonly AlertRecord[], from: number, until: number): Promise<void> {
  const [first] = alerts;
  if (first === undefined) return;
  const back = Math.max(...alerts.map(({ windowMinutes, calmMinutes }) => windowMinutes + calmMinutes));
  const minutes = await readMinutes(first, from - back, until + 1);
  for (const alert of alerts) {
    const checks = alert.metric === 'uptime' ? await checksOf(alert.id, from - back, until) : NO_CHECKS;
    await judgeAlert(alert, { minutes, checks }, from, until);
  }
}

const NO_CHECKS: Checks = new Map();

async function checksOf(alertId: string, from: number, to: number): Promise<Checks> {
  return new Map((await readChecks(alertId, from, to)).map(({ minute, failure }) => [Number(minute), failure]));
}

async function judgeAlert(known: AlertRecord, measured: Measured, from: number, until: number): Promise<void> {
  let alert = known;
  for (let minute = Math.max(from, alert.judged + 1); minute <= until; minute += 1) {
    const next = after(alert, measured, minute);
    if (next === alert) continue;
    try {
      await commit(alert, next);
      alert = next;
    } catch (error) {
      if (!(error instanceof StaleWrite)) throw error;
      // Another run judged the minute, or somebody changed the rule.
      const [current] = await lookUp(optional(alertAt({ ...alert, alertId: alert.id })));
      if (current === undefined) return;
      alert = current;
      minute = Math.max(minute - 1, alert.judged);
    }
  }
}

/** The alert after a minute; the same object where its state stays. */
function after(alert: AlertRecord, measured: Measured, minute: number): AlertRecord {
  const { calmMinutes, silencedUntil } = alert;
  const values = Array.from({ length: calmMinutes }, (_, index) =>
    valueAt(alert, measured, minute - calmMinutes + 1 + index),
  );
  const end = (minute + 1) * MINUTE_MS;
  const isSilenced = silencedUntil !== undefined && Date.parse(silencedUntil) > end;
  const standing = judge(alert, alert, values, isSilenced);
  if (standing.state === alert.state && standing.told === alert.told) return alert;
  const { value: _, detail: __, ...rest } = alert;
  const value = values.at(-1);
  const detail = lastFailure(alert, measured.checks, minute);
  return {
    ...rest,
    ...standing,
    ...(value !== undefined && { value }),
    ...(detail !== undefined && { detail }),
    ...{ judged: minute, since: new Date(end).toISOString(), version: alert.version + 1 },
  };
}

/** Commits a change of the state with its history and its event, which receivers are told of. Throws StaleWrite where the alert changed meanwhile. */
async function commit(alert: AlertRecord, next: AlertRecord): Promise<void> {
  const { teamId, id: alertId, state: from } = alert;
  const { state: to, value, judged } = next;
  const change = {
    ...{ teamId, alertId, minute: minuteKey(judged), from, to },
    ...(value !== undefined && { value }),
    ttl: judged * 60 + HISTORY_DAYS * 24 * 3600,
  };
  const name = alert.told === next.told ? 'alert.changed' : next.told ? 'alert.fired' : 'alert.resolved';
  await transact(
    [
      { item: item.put(AlertEntity.put(next).where(({ version }, { eq }) => eq(version, alert.version))) },
      { item: item.put(AlertChangeEntity.put(change)) },
    ],
    { name, teamId, actor: ACTOR, aggregate: next, data: viewAlert(next) },
  );
}
