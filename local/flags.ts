import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface Flags {
  readonly port: number;
  readonly dataDir: string;
  readonly reset: boolean;
  readonly empty: boolean;
  readonly verbose: boolean;
  readonly help: boolean;
}

/** Thrown for an unusable command line; the message names the flag. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const HELP = `npm start -- [flags]    runs Gantry on this machine

  --port <n>        the API's port; the two after it are used too (default 4510; 0 takes any free ones)
  --data-dir <dir>  where everything is kept (default .gantry)
  --reset           forgets everything in the data folder first
  --empty           does not deploy the example app
  --verbose         shows what happens inside
  --help            shows this text

For one trusted user: apps and builds run as you, and nothing is isolated.`;

/** Reads the command line. Throws a `UsageError` for an unknown flag or value. */
export function readFlags(args: readonly string[]): Flags {
  const { values } = parse(args);
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_533) {
    throw new UsageError(`--port ${values.port}: give a number from 0 to 65533.`);
  }
  if (values['data-dir'] === '') throw new UsageError('--data-dir: give a folder.');
  return {
    port,
    dataDir: resolve(values['data-dir']),
    reset: values.reset,
    empty: values.empty,
    verbose: values.verbose,
    help: values.help,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: '4510' },
        'data-dir': { type: 'string', default: '.gantry' },
        reset: { type: 'boolean', default: false },
        empty: { type: 'boolean', default: false },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    const [first = ''] = (error as Error).message.split('. ', 1);
    throw new UsageError(`${first}.`);
  }
}
