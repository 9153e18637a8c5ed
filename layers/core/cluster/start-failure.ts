/** With these a shell ends whose command is not there, or may not be run. POSIX, 2.8.2. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/** How shells name a program that is not there: dash and busybox, bash, and a `sh -c` that was to replace itself. */
const MISSING = [
  /^(?:\/bin\/)?(?:sh|ash|dash): (?:\d+: )?(?:exec: )?(?:line \d+: )?([^:]+): (?:not found|No such file or directory)$/,
  /^(?:\/bin\/)?(?:ba)?sh: (?:line \d+: )?([^:]+): (?:command not found|No such file or directory)$/,
  /exec: "([^"]+)": (?:executable file not found in \$PATH|stat .*: no such file or directory)/,
];

/** What a start command that could not be run means, and what to do; undefined where the app ended otherwise. `lines` are its last. */
export function startFailure(exitCode: number, lines: readonly string[]): string | undefined {
  if (exitCode === NOT_EXECUTABLE)
    return `The start command may not be executed (exit code ${exitCode}). Check the start command, and that its file is executable.`;
  const named = lines.flatMap((line) => MISSING.map((pattern) => pattern.exec(line.trim())?.[1])).findLast(Boolean);
  if (named !== undefined)
    return `"${named.trim()}" was not found in the image (exit code ${exitCode}). Check the start command.`;
  return exitCode === NOT_FOUND
    ? `A program of the start command was not found in the image (exit code ${exitCode}). Check the start command.`
    : undefined;
}
