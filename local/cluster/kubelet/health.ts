import type { Container, Handler, Pod } from '../model.ts';
import type { Command } from './environment.ts';
import { check, repeat } from './probes.ts';

/** A run whose probes are watched, and the callbacks for them. */
export interface HealthWatch {
  readonly spec: Container;
  readonly command: Command;
  /** The end of the run. */
  readonly signal: AbortSignal;
  pod(): Pod;
  record(type: 'Normal' | 'Warning', reason: string, message: string): void;
  started(): void;
  ready(next: boolean): void;
  /** Whether the container is being ended already. */
  ending(): boolean;
  end(): void;
}

/** Probes a container until its run ends: startup first, then readiness and liveness side by side. */
export async function watchHealth({ spec, command, signal, pod, record, ...tell }: HealthWatch): Promise<void> {
  const { startupProbe, readinessProbe, livenessProbe } = spec;
  const run = (handler: Handler) => (ms: number) => check(handler, pod(), spec, command, ms);
  const unhealthy = (kind: string, why: string) => record('Warning', 'Unhealthy', `${kind} probe failed: ${why}`);
  const kill = (kind: string) => (why: string) => {
    unhealthy(kind, why);
    if (tell.ending()) return;
    record('Normal', 'Killing', `Container ${spec.name} failed ${kind.toLowerCase()} probe, will be restarted`);
    tell.end();
  };
  if (startupProbe !== undefined) {
    const passed = new AbortController();
    signal.addEventListener('abort', () => passed.abort());
    await repeat({
      probe: startupProbe,
      eager: true,
      run: run(startupProbe),
      passed: () => passed.abort(),
      failing: seldom((why) => unhealthy('Startup', why)),
      failed: kill('Startup'),
      signal: passed.signal,
    });
    if (signal.aborted || tell.ending()) return;
    tell.started();
  }
  if (readinessProbe !== undefined) {
    const failed = (why: string) => {
      unhealthy('Readiness', why);
      tell.ready(false);
    };
    const passed = () => tell.ready(true);
    void repeat({ probe: readinessProbe, eager: true, run: run(readinessProbe), passed, failed, signal });
  }
  if (livenessProbe !== undefined) {
    const passed = () => undefined;
    void repeat({
      probe: livenessProbe,
      eager: false,
      run: run(livenessProbe),
      passed,
      failed: kill('Liveness'),
      signal,
    });
  }
}

const SAME_MS = 10_000;

/** A node reports the same failure again only after a while, like its event filter. */
function seldom(tell: (why: string) => void): (why: string) => void {
  let [last, at] = ['', 0];
  return (why) => {
    if (why === last && Date.now() - at < SAME_MS) return;
    [last, at] = [why, Date.now()];
    tell(why);
  };
}
