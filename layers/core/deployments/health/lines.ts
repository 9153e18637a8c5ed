import { environment } from '@gantry/cloud/environment.ts';
import { putEvents } from '@gantry/cloud/logs.ts';
import { toKubernetesName } from '@gantry/contract/ids.ts';
import { unlessRefused } from '../../kernel/entity.ts';
import { platformStream } from '../../logs/lines.ts';
import { HealthEntity, type HealthRecord, type PlatformLine } from '../../records/health.ts';

/** The number of lines that may wait to be written. */
const MOST = 50;
/** The look that recorded lines writes them within this time, in milliseconds. After it, any look does. */
const OWN_MS = 5_000;

/** The lines and one more; the oldest are dropped above the limit. */
export function appendLine(lines: readonly PlatformLine[], line: PlatformLine | undefined): PlatformLine[] {
  return [...lines, ...(line ? [line] : [])].slice(-MOST);
}

/**
 * Writes the recorded lines into the app's log, and removes them from the record. `isOwn` says that the caller recorded them; other callers wait for
 * a while first. A caller killed in between leaves the lines to be written again: a line arrives at least once.
 */
export async function writePending(record: HealthRecord, isOwn: boolean): Promise<void> {
  const { pending, pendingSince, environmentId, serviceId, teamId, version } = record;
  if (pending.length === 0 || (!isOwn && Date.now() - pendingSince < OWN_MS)) return;
  const bySource = Object.groupBy(pending, ({ source }) => source);
  for (const [source, lines = []] of Object.entries(bySource)) {
    const stream = platformStream(environmentId, toKubernetesName(source), serviceId);
    await putEvents(
      environment('APP_LOG_GROUP'),
      stream,
      lines.map(({ at, text }) => ({ at, message: text })),
    );
  }
  const cleared = HealthEntity.patch({ teamId, environmentId, serviceId })
    .set({ pending: [] })
    .where((held, { eq }) => eq(held.version, version));
  await unlessRefused(() => cleared.go());
}
