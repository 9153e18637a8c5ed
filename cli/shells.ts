import type { Listed } from './declare.ts';
import { everywhere, flagName } from './declare.ts';

/** The possible next words after some words. */
interface Choice {
  readonly after: string;
  readonly words: readonly { readonly word: string; readonly summary: string }[];
}

/** The completion of each shell, made from the commands. */
export const completions: Readonly<Record<'bash' | 'zsh' | 'fish', (commands: readonly Listed[]) => string>> = {
  bash(commands) {
    const cases = choicesOf(commands).map(
      ({ after, words }) => `    '${after}') words='${words.map(({ word }) => word).join(' ')}' ;;`,
    );
    const values = valuesOf(commands).map(
      ({ after, flag, values }) => `    '${after}|${flag}') words='${values.join(' ')}' ;;`,
    );
    return `# gantry's completion for bash: source <(gantry completion bash)
_gantry() {
  local word words='' after='' at
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    [[ $word == -* ]] || after="$after\${after:+ }$word"
  done
  # What is behind a command are its arguments and the values of flags.
  while :; do
    case "$after|\${COMP_WORDS[COMP_CWORD-1]}" in
${values.join('\n')}
    esac
    [[ -n $words ]] && break
    case "$after" in
${cases.join('\n')}
    esac
    [[ -n $words || -z $after ]] && break
    if [[ $after == *' '* ]]; then after=\${after% *}; else after=''; fi
  done
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _gantry gantry
`;
  },
  zsh(commands) {
    const cases = choicesOf(commands).map(({ after, words }) => {
      const items = words.map(({ word, summary }) => quoted(`${word}:${summary.replaceAll(':', '\\:')}`));
      return `    ${quoted(after)}) entries=(${items.join(' ')}) ;;`;
    });
    const values = valuesOf(commands).map(
      ({ after, flag, values }) => `    ${quoted(`${after}|${flag}`)}) entries=(${values.map(quoted).join(' ')}) ;;`,
    );
    return `#compdef gantry
# gantry's completion for zsh: source <(gantry completion zsh)
_gantry() {
  local -a entries past
  past=(\${\${words[2,CURRENT-1]}:#-*})
  while true; do
    case "\${(j: :)past}|\${words[CURRENT-1]}" in
${values.join('\n')}
    esac
    (( \${#entries} )) && break
    case "\${(j: :)past}" in
${cases.join('\n')}
    esac
    (( \${#entries} || ! \${#past} )) && break
    past=(\${past[1,-2]})
  done
  _describe gantry entries || _files
}
compdef _gantry gantry
`;
  },
  fish(commands) {
    const choices = valuesOf(commands);
    const known = choicesOf(commands).map(({ after }) => quoted(after));
    const lines = choicesOf(commands).flatMap(({ after, words }) =>
      words.map(({ word, summary }) => {
        const { values = [] } = choices.find((one) => one.after === after && one.flag === word) ?? {};
        const taken = values.length === 0 ? '' : ` -x -a ${quoted(values.join(' '))}`;
        const what = word.startsWith('--') ? `-l ${word.slice(2)}${taken}` : `-f -a ${word}`;
        return `complete -c gantry -n ${quoted(`test "$(__gantry_after)" = "${after}"`)} ${what} -d ${quoted(summary)}`;
      }),
    );
    return `# gantry's completion for fish: gantry completion fish | source
function __gantry_after
  set -l past (string match -v -- '-*' (commandline -opc)[2..])
  # What is behind a command are its arguments and the values of flags.
  while set -q past[1]; and not contains -- (string join ' ' -- $past) ${known.join(' ')}
    set -e past[-1]
  end
  string join ' ' -- $past
end
${lines.join('\n')}
`;
  },
};

function choicesOf(commands: readonly Listed[]): Choice[] {
  const below = (above: readonly string[]) =>
    commands
      .filter(({ words }) => words.length === above.length + 1 && above.every((word, at) => words[at] === word))
      .map(({ words, summary }) => ({ word: words.at(-1) ?? '', summary }));
  const flagsOf = ({ verb }: Listed) =>
    Object.entries({ ...verb?.flags, ...everywhere }).map(([key, { summary }]) => ({ word: flagName(key), summary }));
  return [
    { after: '', words: below([]) },
    ...commands.map((listed) => ({
      after: listed.words.join(' '),
      words: listed.verb === undefined ? below(listed.words) : flagsOf(listed),
    })),
  ];
}

/** The possible flags after the words of a command. */
function valuesOf(commands: readonly Listed[]) {
  return commands.flatMap(({ words, verb }) =>
    Object.entries(verb?.flags ?? {}).flatMap(([key, { choices = [] }]) =>
      choices.length === 0 ? [] : [{ after: words.join(' '), flag: flagName(key), values: choices }],
    ),
  );
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
