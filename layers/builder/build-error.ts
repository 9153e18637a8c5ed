/**
 * An error that the owner of the source can fix. The message says what happened, to what, and what to do. Any other
 * error is a fault of the builder or of a system below it.
 */
export class BuildError extends Error {
  /** The last lines of output of the failed command, oldest first; empty if no command ran. */
  readonly lines: readonly string[];

  constructor(message: string, lines: readonly string[] = []) {
    super(message);
    this.name = 'BuildError';
    this.lines = lines;
  }
}

/** The code of an error of the operating system or of Node.js (`ENOENT`, `Z_BUF_ERROR`), or an empty text. */
export function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}

/** The message of an error on one line. */
export function errorMessage(error: unknown): string {
  const text =
    typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').join(' ');
}
