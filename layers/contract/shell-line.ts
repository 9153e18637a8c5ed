/** Builtins of a shell: no program of that name can replace them. */
const SHELL_WORDS = new Set(
  'if for while until case function select then else elif do done fi esac time exec eval cd set unset export readonly source trap ulimit umask alias wait return exit . :'.split(
    ' ',
  ),
);
/** Words that begin a block, which another word ends. */
const BLOCKS = new Set(['if', 'for', 'while', 'until', 'case', 'function', 'select', 'trap']);
/** Pipes, groups, other files, background work, escapes, comments: more than programs one after the other. */
const MORE = /[|()<>{}`#\\!\n\r]|(?<!&)&(?!&)/;
/** `${PORT:-8080}` stays one word. */
const VARIABLE = /\$\{\w+(?::?[-=][^{}&;'"]*)?\}/g;
const COMMAND = /^(?<assignments>(?:[A-Za-z_]\w*=[^\s'"]*\s+)*)(?<program>[\w./@+-]+)(?=\s|$)/;

/**
 * Changes a line for `sh -c` so that the shell replaces itself by the last program with `exec`. The stop signal then reaches the app. A waiting shell
 * takes the signal and dies, or ignores it as the first process of a container. A line that is more than programs one after the other stays as it is.
 */
export function handOver(line: string): string {
  if (MORE.test(line.replace(VARIABLE, 'x'))) return line;
  const parts = line.split(/(&&|;)/);
  const last = parts.at(-1)?.trim() ?? '';
  const { assignments = '', program = '' } = COMMAND.exec(last)?.groups ?? {};
  const isWhole = parts.every((part) => isQuotedWhole(part) && !BLOCKS.has(part.trim().split(/\s/)[0] ?? ''));
  if (program === '' || SHELL_WORDS.has(program) || !isWhole) return line;
  const before = parts.slice(0, -1).join('');
  return `${before}${before === '' ? '' : ' '}exec ${assignments === '' ? '' : 'env '}${last}`;
}

function isQuotedWhole(part: string): boolean {
  return [`'`, '"'].every((mark) => part.split(mark).length % 2 === 1);
}
