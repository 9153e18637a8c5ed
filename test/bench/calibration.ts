import { measureWork, REFERENCE_MS } from '../speed.mts';

/** How fast the machine is at a fixed piece of work: processes start, JavaScript works, files are written, on two cores. */
export interface Calibration {
  readonly ms: number;
  readonly referenceMs: number;
}

export async function calibrate(): Promise<Calibration> {
  return { ms: await measureWork(), referenceMs: REFERENCE_MS };
}

/** A line with which figures of two machines compare: divide times by it. */
export function calibrationText(when: string, { ms, referenceMs }: Calibration): string {
  const times = (ms / referenceMs).toFixed(2);
  return `Calibration, ${when}: ${ms.toFixed(0)} ms for the work that takes the reference ${referenceMs} ms, ${times} times as long.`;
}
