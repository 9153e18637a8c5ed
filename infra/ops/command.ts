/** Thrown if a command is used wrongly. The command then exits with 2, and the message says what to write. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Prints a line, to the error output if the exit code is not 0. Returns the code. */
export function print(line: string, exitCode: number): number {
  process[exitCode === 0 ? 'stdout' : 'stderr'].write(`${line}\n`);
  return exitCode;
}

/**
 * Runs an operator's command. The exit code is the result of `main`, 2 for wrong use, or 1 after an error, whose
 * message begins with `failed`.
 */
export async function run(failed: string, main: (args: readonly string[]) => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    if (error instanceof UsageError) process.exitCode = print(error.message, 2);
    else
      process.exitCode = print(`${failed}: ${error instanceof Error ? `${error.name}: ${error.message}` : error}`, 1);
  }
}
