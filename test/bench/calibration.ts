import { measureWork, REFERENCE_MS } from '../speed.mts';

/** The machine's speed at a fixed piece of work on two cores: starting processes, running JavaScript and writing files. */
export interface Calibration {
  readonly ms: number;
  readonly referenceMs: number;
}

export async function calibrate(): Promise<Calibration> {
  return { ms: await measureWork(), referenceMs: REFERENCE_MS };
}

/** A line that makes the figures of two machines comparable: divide times by it. */
export function calibrationText(when: string, { ms, referenceMs }: Calibration): string {
  const times = (ms / referenceMs).toFixed(2);
  return `Calibration, ${when}: ${ms.toFixed(0)} ms for the work that takes the reference ${referenceMs} ms, ${times} times as long.`;
}
