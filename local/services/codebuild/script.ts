import { type Buildspec, PHASES, type PhaseName } from './buildspec.ts';

/**
 * The shell scripts that carry out a buildspec. All phases share one shell, so that variables and the folder persist.
 * `last` is the shell's exit trap, so that POST_BUILD runs, and variables are exported, also after a command's `exit`.
 * Progress goes to file descriptor 3: `begin <PHASE>`, `failed <PHASE> <exit code> <command's number>`, `end <PHASE>`.
 */
export interface Scripts {
  readonly main: string;
  readonly last: string;
}

/** `environmentFile` receives the shell's exported variables, NUL-separated. */
export function toScripts(buildspec: Buildspec, lastFile: string, environmentFile: string): Scripts {
  const main = PHASES.filter((name) => name !== 'post_build').map((name) => phaseLines(buildspec, name));
  return {
    main: [
      '__failed=0; __command=0; __phase=; __reached=; export CODEBUILD_BUILD_SUCCEEDING=1',
      `trap ${quote(`. ${quote(lastFile)}`)} EXIT`,
      ...main.flat(),
      'exit "$__failed"',
    ].join('\n'),
    last: [
      '__code=$?',
      'trap - EXIT',
      'if [ -n "$__phase" ]; then printf \'failed %s %s %s\\n\' "$__phase" "$__code" "$__command" >&3; __failed=1; fi',
      'if [ "$__reached" = BUILD ]; then',
      '__build=$__failed; __failed=0',
      '[ "$__build" = 0 ] || CODEBUILD_BUILD_SUCCEEDING=0',
      ...phaseLines(buildspec, 'post_build'),
      'if [ "$__build" != 0 ]; then __failed=$__build; fi',
      'fi',
      `env -0 >${quote(environmentFile)}`,
      'exit "$__failed"',
    ].join('\n'),
  };
}

function phaseLines(buildspec: Buildspec, name: PhaseName): readonly string[] {
  const phase = name.toUpperCase();
  const { commands = [], finally: always = [] } = buildspec.phases[name] ?? {};
  return [
    'if [ "$__failed" = 0 ]; then',
    `__phase=${phase}; __reached=${phase}`,
    `printf 'begin ${phase}\\n' >&3`,
    ...commands.flatMap((command, index) => [
      'if [ "$__failed" = 0 ]; then',
      `__command=${index}`,
      `printf '[Container] Running command %s\\n' ${quote(command)}`,
      `eval ${quote(command)}`,
      '__failed=$?',
      'fi',
    ]),
    ...always.flatMap((command) => [
      `printf '[Container] Running command %s\\n' ${quote(command)}`,
      `eval ${quote(command)} || __failed=$?`,
    ]),
    `if [ "$__failed" = 0 ]; then printf 'end ${phase}\\n' >&3; else printf 'failed ${phase} %s %s\\n' "$__failed" "$__command" >&3; fi`,
    '__phase=',
    'fi',
  ];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
