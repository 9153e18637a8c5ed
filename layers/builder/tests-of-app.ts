import { BuildError } from './build-error.ts';
import { combinations, type LoadedConfig } from './config.ts';
import type { Sourced } from './providers/provider.ts';
import { shellQuote } from './providers/shell-words.ts';

/**
 * The test commands of an app, once for each combination of its matrix. Undefined without test commands. Throws a
 * `BuildError` for a matrix without a command.
 */
export function testsOf({ config: { build }, place }: LoadedConfig): Sourced<readonly string[]> | undefined {
  if (build?.test === undefined) {
    if (build?.matrix === undefined) return undefined;
    throw new BuildError(`${place('build', 'matrix')} is for test commands, and there are none; add "test" beside it`);
  }
  const commands = typeof build.test === 'string' ? [build.test] : build.test;
  const value = combinations(build.matrix).flatMap((variables) => {
    const set = Object.entries(variables).map(([name, each]) => `${name}=${shellQuote(each)}`);
    return commands.map((line) => (set.length === 0 ? line : `export ${set.join(' ')} && ${line}`));
  });
  return { value, source: place('build', 'test') };
}
