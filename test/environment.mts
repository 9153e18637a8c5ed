import type { Circus } from '@jest/types';
import { TestEnvironment } from 'jest-environment-node';
import { patience } from './patience.ts';

/** A test that passes has to leave so many parts of its limit unused, or a slower machine will need more than there is. */
const PARTS = 4;

/** Lengthens the time limits of all tests and hooks to what this machine needs, and tells of those that came near to theirs. */
export default class PatientEnvironment extends TestEnvironment {
  readonly #began = new WeakMap<object, number>();

  handleTestEvent(event: Circus.Event, state: Circus.State): void {
    if (event.name === 'run_start') {
      state.testTimeout = patience(state.testTimeout);
      lengthen(state.rootDescribeBlock);
    }
    if (event.name === 'hook_start') this.#began.set(event.hook, performance.now());
    if (event.name === 'hook_success') {
      const took = performance.now() - (this.#began.get(event.hook) ?? 0);
      tell(event.hook.type, event.hook.parent, took, event.hook.timeout ?? state.testTimeout);
    }
    if (event.name === 'test_done') {
      tell(event.test.name, event.test.parent, event.test.duration ?? 0, event.test.timeout ?? state.testTimeout);
    }
  }
}

function lengthen({ hooks, children }: Circus.DescribeBlock): void {
  for (const hook of hooks) if (hook.timeout) hook.timeout = patience(hook.timeout);
  for (const child of children) {
    if (child.type === 'describeBlock') lengthen(child);
    else if (child.timeout) child.timeout = patience(child.timeout);
  }
}

function tell(name: string, parent: Circus.DescribeBlock, tookMs: number, limitMs: number): void {
  if (tookMs <= limitMs / PARTS) return;
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  process.stderr.write(`${parent.name} ${name}: took ${seconds(tookMs)} of ${seconds(limitMs)}, more than a quarter\n`);
}
