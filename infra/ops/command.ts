/** Thrown where a command is used wrongly: it ends with 2, and its message says what to write. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Prints a line, to the error output where the code is none of success, and answers the code. */
export function print(line: string, exitCode: number): number {
  process[exitCode === 0 ? 'stdout' : 'stderr'].write(`${line}\n`);
  return exitCode;
}

/** Runs an operator's command. Its exit code is what `main` answers, 2 for wrong use, and 1 where it throws: `failed` begins the message then. */
export async function run(failed: string, main: (args: readonly string[]) => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    if (error instanceof UsageError) process.exitCode = print(error.message, 2);
    else
      process.exitCode = print(`${failed}: ${error instanceof Error ? `${error.name}: ${error.message}` : error}`, 1);
  }
}
