import type { Alert } from '@gantry/contract/schemas/alerts.ts';
import type { Backup } from '@gantry/contract/schemas/backups.ts';
import type { Notice } from '@gantry/contract/schemas/channels.ts';
import type { Database } from '@gantry/contract/schemas/databases.ts';
import type { Deployment, DeploymentStatus } from '@gantry/contract/schemas/deployments.ts';
import type { HealthState } from '@gantry/contract/schemas/health.ts';
import { classes } from './classes.ts';

/** A tone says how urgent a state is. The word beside it names the state. */
export type Tone = 'good' | 'busy' | 'bad' | 'quiet';

const dots: Readonly<Record<Tone, string>> = {
  good: 'bg-good',
  busy: 'bg-busy animate-pulse-soft',
  bad: 'bg-bad',
  quiet: 'bg-line-strong',
};
const texts: Readonly<Record<Tone, string>> = {
  good: 'text-good',
  busy: 'text-busy',
  bad: 'text-bad',
  quiet: 'text-soft',
};

/** A dot and a word. */
export function Status({ tone, children }: { readonly tone: Tone; readonly children: string }) {
  return (
    <span className={classes('inline-flex items-center gap-2 text-small font-medium whitespace-nowrap', texts[tone])}>
      <span aria-hidden="true" className={classes('size-2 shrink-0 rounded-full', dots[tone])} />
      {children}
    </span>
  );
}

export const deploymentTones: Readonly<Record<DeploymentStatus, Tone>> = {
  queued: 'busy',
  building: 'busy',
  deploying: 'busy',
  live: 'good',
  failed: 'bad',
  superseded: 'quiet',
  cancelled: 'quiet',
  skipped: 'quiet',
  removed: 'quiet',
  rolled_back: 'quiet',
};

export const healthTones: Readonly<Record<HealthState, Tone>> = {
  healthy: 'good',
  starting: 'busy',
  degraded: 'busy',
  crashing: 'bad',
  stopped: 'quiet',
  unknown: 'quiet',
};

export const databaseTones: Readonly<Record<Database['status'], Tone>> = {
  creating: 'busy',
  ready: 'good',
  failed: 'bad',
  deleting: 'busy',
};

/** A status as text: `rolled_back` → `Rolled back`. */
export const capital = (word: string) => `${word.charAt(0).toUpperCase()}${word.slice(1).replaceAll('_', ' ')}`;

/** A removed deployment whose release can still be rolled back to shows as kept. */
export function DeploymentState({ status, canRollBack }: Pick<Deployment, 'status' | 'canRollBack'>) {
  const text = status === 'removed' && canRollBack ? 'Kept' : capital(status);
  return <Status tone={deploymentTones[status]}>{text}</Status>;
}

export function Health({ state }: { readonly state: HealthState }) {
  return <Status tone={healthTones[state]}>{capital(state)}</Status>;
}

/** Backups have the statuses of databases. */
export function BackupState({ status }: Pick<Backup, 'status'>) {
  return <Status tone={databaseTones[status]}>{capital(status)}</Status>;
}

export function DatabaseState({ status }: Pick<Database, 'status'>) {
  return <Status tone={databaseTones[status]}>{capital(status)}</Status>;
}

const alertTones: Readonly<Record<Alert['state'], Tone>> = { ok: 'good', firing: 'bad', silenced: 'busy' };

export function AlertState({ state }: Pick<Alert, 'state'>) {
  return <Status tone={alertTones[state]}>{state === 'ok' ? 'OK' : capital(state)}</Status>;
}

const noticeTones: Readonly<Record<Notice['status'], Tone>> = { pending: 'busy', delivered: 'good', failed: 'bad' };

export function NoticeState({ status }: Pick<Notice, 'status'>) {
  return <Status tone={noticeTones[status]}>{capital(status)}</Status>;
}
