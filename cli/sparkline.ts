const BARS = '▁▂▃▄▅▆▇█';

/**
 * Draws values as bars, at most `width`. The highest bar is full. A space means that nothing was measured. One bar may stand
 * for several values: it shows the highest.
 */
export function sparkline(values: readonly (number | null)[], width: number): string {
  const per = Math.max(1, Math.ceil(values.length / width));
  const bars: (number | null)[] = [];
  for (let at = 0; at < values.length; at += per) {
    const known = values.slice(at, at + per).filter((value) => value !== null);
    bars.push(known.length === 0 ? null : Math.max(...known));
  }
  const top = Math.max(0, ...bars.map((bar) => bar ?? 0));
  return bars
    .map((bar) => (bar === null ? ' ' : (BARS[top === 0 ? 0 : Math.round((bar / top) * (BARS.length - 1))] ?? '')))
    .join('');
}
