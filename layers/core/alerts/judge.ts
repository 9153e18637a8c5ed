import type { AlertState } from '@gantry/contract/schemas/alerts.ts';
import type { AlertRecord } from '../records/alerts.ts';

export type Rule = Pick<AlertRecord, 'threshold' | 'clearThreshold' | 'calmMinutes' | 'missingData'>;

export interface Standing {
  readonly state: AlertState;
  /** Whether receivers were told last that it fires. */
  readonly told: boolean;
}

/**
 * The state of an alert after one more minute. `values` are those of the last `calmMinutes` minutes, oldest first, and
 * undefined without data. A value above the threshold fires at once. The alert resolves only after `calmMinutes` minutes in
 * a row at or below `clearThreshold`, so a signal that flaps faster stays one alert. During a silence nobody is told. If the
 * alert still fires when the silence ends, receivers are told then.
 */
export function judge(
  { threshold, clearThreshold, calmMinutes, missingData }: Rule,
  { state, told }: Standing,
  values: readonly (number | undefined)[],
  isSilenced: boolean,
): Standing {
  const last = values.at(-1);
  const isAbove = last === undefined ? missingData === 'firing' : last > threshold;
  const isCalm = (value: number | undefined) => (value === undefined ? missingData === 'ok' : value <= clearThreshold);
  const isOver = values.length >= calmMinutes && values.slice(-calmMinutes).every(isCalm);
  if (!isAbove && (state === 'ok' || isOver)) return { state: 'ok', told: false };
  return isSilenced ? { state: 'silenced', told } : { state: 'firing', told: true };
}
