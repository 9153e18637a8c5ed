import type { Listed } from './catalogue.ts';
import { everywhere, flagName } from './declare.ts';

/** What may come next, after some words. */
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
    return `# gantry's completion for bash: source <(gantry completion bash)
_gantry() {
  local word words='' after='' at
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    [[ $word == -* ]] || after="$after\${after:+ }$word"
  done
  case "$after" in
${cases.join('\n')}
    *) COMPREPLY=(); return ;;
  esac
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
    return `#compdef gantry
# gantry's completion for zsh: source <(gantry completion zsh)
_gantry() {
  local -a entries past
  past=(\${\${words[2,CURRENT-1]}:#-*})
  case "\${(j: :)past}" in
${cases.join('\n')}
    *) _files; return ;;
  esac
  _describe gantry entries || _files
}
compdef _gantry gantry
`;
  },
  fish(commands) {
    const lines = choicesOf(commands).flatMap(({ after, words }) =>
      words.map(({ word, summary }) => {
        const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`;
        return `complete -c gantry -n ${quoted(`test "$(__gantry_after)" = "${after}"`)} ${what} -d ${quoted(summary)}`;
      }),
    );
    return `# gantry's completion for fish: gantry completion fish | source
function __gantry_after
  string join ' ' -- (string match -v -- '-*' (commandline -opc)[2..])
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

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
