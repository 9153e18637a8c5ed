import { join } from 'node:path';
import { AssemblyError } from './assembly/template.ts';
import { startCloud } from './cloud.ts';
import { type Endpoints, endpointsOf, tableOf, writeEndpoints } from './endpoints.ts';
import { deployExample } from './example/example.ts';
import { StartFailure } from './failure.ts';
import { type Flags, HELP, readFlags, UsageError } from './flags.ts';
import { takeFolder } from './folder.ts';
import { synthesize } from './synth.ts';
import { endExchangeInError } from './wire/server.ts';

const ROOT = join(import.meta.dirname, '..');

process.exit(await main(process.argv.slice(2)));

/** Runs the local cloud until a stop; returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  let flags: Flags | undefined;
  try {
    flags = readFlags(args);
    if (flags.help) {
      console.log(HELP);
      return 0;
    }
    return await run(flags);
  } catch (error) {
    console.error(explain(error, flags?.verbose ?? false));
    return error instanceof UsageError ? 2 : 1;
  }
}

async function run(flags: Flags): Promise<number> {
  const started = performance.now();
  const interrupted = interruption();
  const note = (line: string): void => {
    if (flags.verbose) console.error(line);
  };
  const folder = takeFolder(flags.dataDir);
  try {
    if (flags.reset) folder.reset();
    const assembly = await synthesize(ROOT, note);
    const cloud = await startCloud({
      assembly,
      dataDir: folder.path,
      port: flags.port,
      note,
      signal: interrupted.signal,
    });
    try {
      const endpoints = endpointsOf(cloud);
      console.log(`Gantry is ready after ${((performance.now() - started) / 1000).toFixed(1)} s. Ctrl-C stops it.\n`);
      console.log(`${tableOf(endpoints)}\n`);
      console.log('For one trusted user: apps and builds run as you, and nothing is isolated.');
      // Written last: readers that wait for the file find everything ready and printed.
      writeEndpoints(folder.path, endpoints);
      if (!flags.empty) await Promise.race([showExample(endpoints, flags.verbose), interrupted.happened]);
      await interrupted.happened;
      return interrupted.exitCode();
    } finally {
      await cloud.stop();
    }
  } catch (error) {
    if (interrupted.signal.aborted) return interrupted.exitCode();
    throw error;
  } finally {
    folder.release();
  }
}

/** A failed example does not stop the local cloud, so that the operator can examine it. */
async function showExample({ api, owner }: Endpoints, verbose: boolean): Promise<void> {
  console.log('\nThe example app:');
  try {
    console.log(`  ${await deployExample({ api, ...owner }, (line) => console.log(line))}`);
  } catch (error) {
    console.error(
      `  was not deployed: ${verbose ? explain(error, true) : error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/**
 * Ends the wait with 0 on SIGINT or SIGTERM, or with 1 on an uncaught error. A second signal ends the process. An error during a running request ends
 * only that request, because nothing else depends on it.
 */
function interruption() {
  const controller = new AbortController();
  let code = 0;
  const happened = new Promise<void>((resolve) => controller.signal.addEventListener('abort', () => resolve()));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
    });
  }
  process.on('uncaughtException', (error) => {
    if (endExchangeInError()) {
      console.error(`A request ended after an error of the local cloud: ${explain(error, true)}`);
      return;
    }
    console.error(`The local cloud stops after an error of its own: ${explain(error, true)}`);
    code = 1;
    controller.abort();
  });
  return { signal: controller.signal, happened, exitCode: () => code };
}

function explain(error: unknown, verbose: boolean): string {
  if (error instanceof UsageError) return `${error.message} See npm start -- --help.`;
  if (error instanceof StartFailure) return error.message;
  if (error instanceof AssemblyError) return `The template cannot be run here:\n${error.message}`;
  if (error instanceof Error) return verbose ? (error.stack ?? error.message) : `Gantry cannot start: ${error.message}`;
  return `Gantry cannot start: ${String(error)}`;
}
