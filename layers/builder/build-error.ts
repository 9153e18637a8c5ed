/**
 * Something that the owner of the source can put right: the message says what happened, to what, and what to do.
 * Any other error is a fault of the builder or of what it stands on.
 */
export class BuildError extends Error {
  /** The last lines of output of the command that failed, oldest first; empty where no command ran. */
  readonly lines: readonly string[];

  constructor(message: string, lines: readonly string[] = []) {
    super(message);
    this.name = 'BuildError';
    this.lines = lines;
  }
}
