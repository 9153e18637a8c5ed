import { type Life, type Run, tell } from './life.ts';
import { execute, pause } from './probes.ts';

/** preStop, SIGTERM and, after the grace, SIGKILL; resolves when the process is gone. */
export async function endRun(life: Life, run: Run, graceSeconds: number, runHook: boolean): Promise<void> {
  const first = !run.killed;
  run.killed = true;
  const deadline = Date.now() + graceSeconds * 1000;
  if (first && runHook && graceSeconds > 0) await runPreStop(life, run, graceSeconds);
  if (graceSeconds > 0) run.process.signal('SIGTERM');
  await pause(deadline - Date.now(), run.over.signal);
  if (graceSeconds > 0 && !run.over.signal.aborted) {
    run.written.warn(`The app did not end within its grace of ${graceSeconds} s, and was killed.`);
  }
  run.process.signal('SIGKILL');
  await run.process.exited;
}

async function runPreStop(life: Life, run: Run, graceSeconds: number): Promise<void> {
  const preStop = life.spec.lifecycle?.preStop;
  if (preStop?.sleep !== undefined) await pause(Math.min(preStop.sleep.seconds, graceSeconds) * 1000, run.over.signal);
  if (preStop?.exec === undefined) return;
  const verdict = await execute(preStop.exec.command ?? [], run.command, graceSeconds * 1000);
  if (!verdict.ok) tell(life, 'Warning', 'FailedPreStopHook', verdict.why);
}
