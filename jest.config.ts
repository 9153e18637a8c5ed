import type { Config } from 'jest';
import { NOT_RUN } from './test/local/cluster/not-run.ts';

/** Against a real cluster, the suites that need the embedded one are left out; test/local/cluster/not-run.test.ts reports them. */
const leftOut =
  process.env['GANTRY_KUBECONFIG'] === undefined
    ? []
    : Object.keys(NOT_RUN).map((file) => `/test/local/cluster/${file}$`);

/** Node itself loads the tests (`test/runtime.mts`), so that what they load is what Node and Lambda load. */
const config: Config = {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/fixtures/', ...leftOut],
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/test/fixtures', '<rootDir>/examples'],
  transform: {},
  runtime: '<rootDir>/test/runtime.mts',
  injectGlobals: false,
  reporters: ['default', '<rootDir>/test/not-run.mjs', '<rootDir>/test/costs.mts'],
  testSequencer: '<rootDir>/test/sequencer.mjs',
  // One more than the two cores that the suite's five minutes are meant for: much of it waits for processes and clocks.
  maxWorkers: 3,
  // The limit of a test that names none. All limits grow with the slowness that is measured at the start: CONTRIBUTING.md, "Time limits".
  testTimeout: 30_000,
  globalSetup: '<rootDir>/test/speed.mts',
  testEnvironment: '<rootDir>/test/environment.mts',
};

export default config;
