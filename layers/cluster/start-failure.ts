/** Exit codes of a shell for a missing command, and for one that it may not run. POSIX, 2.8.2. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
/** A container whose first program could not start. */
const NOT_STARTED = ['StartError', 'ContainerCannotRun'];

/** How shells, container runtimes and the local node report a missing program. */
const MISSING = [
  /^(?:\/bin\/)?(?:ba|da|a)?sh: (?:(?:line )?\d+: )?(?:exec: )?(?:line \d+: )?([^:]+): (?:command not found|not found|No such file or directory)$/,
  /^env: (?:can't execute )?[‘']?([^‘’':]+)[’']?: No such file or directory$/,
  /exec: "([^"]+)": (?:executable file not found in \$PATH|stat .*: no such file or directory)/,
  /^cannot start (\S+): spawn \S+ ENOENT/,
];

interface End {
  readonly exitCode: number;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

/**
 * The meaning of a command that could not run at all, and advice; undefined for another end. `command` is the user's name for it, `lines` are its
 * last output.
 */
export function startFailure({ exitCode, reason = '', message }: End, command: string, lines: readonly string[]) {
  if (![NOT_FOUND, NOT_EXECUTABLE].includes(exitCode) && !NOT_STARTED.includes(reason)) return undefined;
  const check = `(exit code ${exitCode}). Check the ${command}`;
  if (exitCode === NOT_EXECUTABLE)
    return `The ${command} may not be executed ${check}, and that its file is executable.`;
  const named = [...lines, ...(message ?? '').split('\n')]
    .flatMap((line) => MISSING.map((pattern) => pattern.exec(line.trim())?.[1]))
    .findLast((name) => name !== undefined);
  if (named !== undefined) return `"${named.trim()}" was not found in the image ${check}.`;
  return exitCode === NOT_FOUND
    ? `A program was not found in the image ${check}.`
    : `The ${command} could not be run ${check}.`;
}
