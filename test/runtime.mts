import { createRequire, enableCompileCache, flushCompileCache, registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { JestEnvironment } from '@jest/environment';
import type { Config, Global } from '@jest/types';

const root = join(import.meta.dirname, '..');
const ROOT = `${pathToFileURL(root).href}/`;
const GLOBALS = 'jest-globals:';
/** Of jest-circus: the handlers of its events outlive its state if nobody removes them. */
const EVENT_HANDLERS = Symbol.for('EVENT_HANDLERS');

const load = createRequire(import.meta.url);
/** Each test file's import from `@jest/globals`, by the query of its modules. */
const globalsOf = new Map<string, Readonly<Record<string, unknown>>>();
Object.assign(globalThis, { [Symbol.for(GLOBALS)]: globalsOf });

/** The query of a module of ours that a test file has loaded: `?7` for the seventh. */
function queryOf(url: string | undefined): string {
  const at = url?.startsWith(ROOT) ? url.indexOf('?') : -1;
  return at === -1 ? '' : (url?.slice(at) ?? '');
}

// Our modules are loaded anew for each test file: they read the environment and call `beforeAll`. Packages are loaded once for each process.
registerHooks({
  resolve(specifier, context, next) {
    const query = queryOf(context.parentURL);
    if (query === '') return next(specifier, context);
    if (specifier === '@jest/globals') return { url: `${GLOBALS}${query}`, format: 'module', shortCircuit: true };
    const found = next(specifier, context);
    const isOurs = found.url.startsWith(ROOT) && !found.url.includes('/node_modules/');
    return isOurs ? { ...found, url: `${found.url}${query}` } : found;
  },
  load(url, context, next) {
    if (!url.startsWith(GLOBALS)) return next(url, context);
    const query = url.slice(GLOBALS.length);
    const names = Object.keys(globalsOf.get(query) ?? {}).join(', ');
    const from = `globalThis[Symbol.for('${GLOBALS}')].get('${query}')`;
    return { format: 'module', source: `export const { ${names} } = ${from};`, shortCircuit: true };
  },
});

enableCompileCache(join(root, '.cache/compiled'));
let files = 0;

/**
 * Loads test files with Node's own module loader, in place of jest's. jest's loader reads, resolves and compiles each package again for each test
 * file, in a context with another `Error` than Node's own modules.
 */
export default class NativeRuntime {
  readonly #environment: JestEnvironment;
  readonly #query: string;

  constructor(_config: Config.ProjectConfig, environment: JestEnvironment) {
    this.#environment = environment;
    files += 1;
    this.#query = `?${files}`;
  }

  unstable_shouldLoadAsEsm(): boolean {
    return true;
  }

  unstable_importModule(path: string): Promise<unknown> {
    return import(`${pathToFileURL(path).href}${this.#query}`);
  }

  requireModule(path: string): unknown {
    return load(path);
  }

  /** The test framework, with its own state for each test file. */
  requireInternalModule(path: string): unknown {
    Reflect.deleteProperty(globalThis, EVENT_HANDLERS);
    delete load.cache[path];
    return load(path);
  }

  setGlobalsForRuntime(globals: Global.TestFrameworkGlobals): void {
    globalsOf.set(this.#query, { ...globals, jest: jestOf(this.#environment) });
  }

  teardown(): void {
    globalsOf.delete(this.#query);
    flushCompileCache();
  }

  enterTestCode(): void {}
  leaveTestCode(): void {}

  getSourceMaps(): Map<string, string> {
    return new Map();
  }

  getAllCoverageInfoCopy(): undefined {}
  getAllV8CoverageInfoCopy(): undefined {}
}

/** The part of the `jest` object that tests use. Tests never mock modules. */
function jestOf({ moduleMocker: mocker, fakeTimersModern: timers }: JestEnvironment) {
  if (mocker === null || timers === null) return {};
  return {
    spyOn: mocker.spyOn.bind(mocker),
    restoreAllMocks: () => mocker.restoreAllMocks(),
    useFakeTimers: timers.useFakeTimers.bind(timers),
    useRealTimers: () => timers.useRealTimers(),
    advanceTimersByTime: (ms: number) => timers.advanceTimersByTime(ms),
    advanceTimersByTimeAsync: (ms: number) => timers.advanceTimersByTimeAsync(ms),
    getTimerCount: () => timers.getTimerCount(),
  };
}
