import { useSyncExternalStore } from 'react';

const UNITS: readonly (readonly [ms: number, unit: Intl.RelativeTimeFormatUnit])[] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'long' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });

const listeners = new Set<() => void>();
let now = Date.now();
let clock: ReturnType<typeof setInterval> | undefined;

/** One clock for all times on the page. It stops while the page shows no time. */
function onTick(listener: () => void): () => void {
  listeners.add(listener);
  clock ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(clock);
    clock = undefined;
  };
}

/** The present, in milliseconds since 1970, to the second. */
function useNow(): number {
  return useSyncExternalStore(onTick, () => now);
}

/** The time since an instant. The tooltip has the exact time. */
export function Ago({ at }: { readonly at: string }) {
  const passed = Math.min(0, Date.parse(at) - useNow());
  const [ms, unit] = UNITS.find(([length]) => -passed >= length) ?? [1_000, 'second'];
  const text = passed > -5_000 ? 'just now' : relative.format(Math.ceil(passed / ms), unit);
  return (
    <time dateTime={at} title={exact.format(new Date(at))}>
      {text}
    </time>
  );
}

/** Milliseconds as `0.4 s`, `12 s` or `3 min 5 s`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** The duration of something, until now if it has not ended. */
export function Took({ from, to }: { readonly from: string; readonly to: string | null }) {
  const until = useNow();
  return <span className="tabular">{durationText((to === null ? until : Date.parse(to)) - Date.parse(from))}</span>;
}
