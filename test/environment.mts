import { appendFileSync } from 'node:fs';
import type { EnvironmentContext, JestEnvironment, JestEnvironmentConfig } from '@jest/environment';
import { ModernFakeTimers } from '@jest/fake-timers';
import type { Circus } from '@jest/types';
import { ModuleMocker } from 'jest-mock';
import { patience } from './patience.ts';
import { processorMsOf } from './processor-time.mts';

/** Node's own clock: a test with fake timers moves the one that it sees. */
const now = performance.now.bind(performance);
/** A passing test must leave this share of its limit unused, because a slower machine needs more time. */
const PARTS = 4;

/**
 * Runs tests in Node's own context. Lengthens the time limits of all tests and hooks to this machine's needs, names tests that come near their
 * limits, and measures the processor time of tests and files for `costs.mts`.
 */
export default class PatientEnvironment implements JestEnvironment {
  readonly global = globalThis as unknown as JestEnvironment['global'];
  readonly fakeTimers = null;
  readonly moduleMocker = new ModuleMocker(globalThis);
  readonly fakeTimersModern: ModernFakeTimers;
  readonly #before = { env: process.env, values: { ...process.env }, exit: process.exit, console: globalThis.console };
  readonly #began = new WeakMap<object, number>();
  readonly #path: string;
  readonly #fileBegan = processorMsOf(process.pid);
  #testBegan = 0;

  constructor({ projectConfig }: JestEnvironmentConfig, { testPath }: EnvironmentContext) {
    this.#path = testPath;
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
  }

  /** Only Node's context: `runtime.mts` loads modules itself. */
  getVmContext(): null {
    return null;
  }

  async setup(): Promise<void> {
    // jest's hook maps transpiled code. We have none, and the hook would read every file of a stack.
    Reflect.deleteProperty(Error, 'prepareStackTrace');
  }

  /** The next test file finds the process as this one did. */
  async teardown(): Promise<void> {
    this.fakeTimersModern.dispose();
    this.moduleMocker.restoreAllMocks();
    const { env, values, exit, console } = this.#before;
    process.env = env;
    for (const name of Object.keys(env)) if (!(name in values)) delete env[name];
    Object.assign(env, values);
    process.exit = exit;
    globalThis.console = console;
    this.#cost('file', '', this.#fileBegan);
  }

  handleTestEvent(event: Circus.Event, state: Circus.State): void {
    if (event.name === 'run_start') {
      state.testTimeout = patience(state.testTimeout);
      lengthen(state.rootDescribeBlock);
    }
    if (event.name === 'hook_start') this.#began.set(event.hook, now());
    if (event.name === 'hook_success') {
      const took = now() - (this.#began.get(event.hook) ?? 0);
      tell(event.hook.type, event.hook.parent, took, event.hook.timeout ?? state.testTimeout);
    }
    if (event.name === 'test_start') this.#testBegan = processorMsOf(process.pid);
    if (event.name === 'test_done') {
      this.#cost('test', event.test.name, this.#testBegan);
      tell(event.test.name, event.test.parent, event.test.duration ?? 0, event.test.timeout ?? state.testTimeout);
    }
  }

  #cost(kind: 'test' | 'file', name: string, began: number): void {
    const file = process.env['GANTRY_TEST_COSTS'];
    if (file === undefined) return;
    const ms = processorMsOf(process.pid) - began;
    appendFileSync(file, `${JSON.stringify({ kind, path: this.#path, name, ms })}\n`);
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
