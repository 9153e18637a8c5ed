import { type PackageJson, scriptOf } from './node-manifest.ts';

const MAX_SCRIPTS = 50;
/**
 * Package managers that run scripts (`npm run x`), with options before the name. If the name is not a script, it may be
 * a program of a package.
 */
const RUNNER = /^(npm|pnpm|yarn|bun)$/;
const RUN_WORDS = new Set(['run', 'run-script', 'rum', 'urn']);
/** Commands that run a program of a package by its name. */
const EXECUTORS = new Set(['npx', 'bunx', 'pnpx']);
const EXECUTING_WORDS = new Set(['exec', 'x', 'dlx']);
/** Programs that run the command after them, in another environment or as a child process. */
const WRAPPERS = new Set([
  'cross-env',
  'cross-env-shell',
  'env',
  'exec',
  'command',
  'time',
  'nohup',
  'dotenv',
  'dotenvx',
  'env-cmd',
  'dumb-init',
  'tini',
]);
/** Programs that run several scripts of the app. */
const SEVERAL = new Set(['run-s', 'run-p', 'npm-run-all', 'npm-run-all2', 'npm-run-all-next']);

/** One program that a command line runs in the end, with its arguments. */
export interface Invocation {
  readonly program: string;
  readonly words: readonly string[];
}

/**
 * The programs that a command line runs in the end. Follows variables before a program, `&&` and similar operators,
 * scripts of `package.json` with their pre and post scripts, `run-s`, `npx`, and wrappers such as `cross-env`. The last
 * programs are those that keep running. Package managers that run scripts are included.
 */
export function invocations(manifest: PackageJson, line: string): Invocation[] {
  const seen = new Set<string>();
  const follow = (text: string): Invocation[] =>
    splitLine(text).flatMap((words) => {
      const [program = '', ...rest] = unwrap(words);
      if (program === '') return [];
      if (SEVERAL.has(program))
        return [{ program, words }, ...rest.filter(isName).flatMap((name) => script(name, rest))];
      if (/^(sh|bash|dash|ash)$/.test(program) && rest[0]?.includes('c')) return follow(rest[1] ?? '');
      if (program === 'concurrently') return [{ program, words }, ...rest.flatMap((word) => follow(word))];
      if (EXECUTORS.has(program)) return [{ program, words }, ...follow(quoteAll(afterOptions(rest)))];
      if (!RUNNER.test(program)) return [{ program, words: [program, ...rest] }];
      return [{ program, words: [program, ...rest] }, ...managed(program, rest)];
    });
  const managed = (program: string, words: readonly string[]): Invocation[] => {
    const plain = afterOptions(words);
    const [first = '', ...others] = plain;
    if (first === 'start' || first === 'test' || first === 'stop') return script(first, others);
    if (RUN_WORDS.has(first)) return script(afterOptions(others)[0] ?? '', afterOptions(others).slice(1), program);
    if (EXECUTING_WORDS.has(first)) return follow(quoteAll(afterOptions(others)));
    return program === 'npm' ? [] : script(first, others, program);
  };
  const script = (name: string, rest: readonly string[], manager = 'npm'): Invocation[] => {
    if (seen.has(name) || seen.size >= MAX_SCRIPTS) return [];
    seen.add(name);
    const body = scriptOf(manifest, name);
    if (body === undefined) return manager === 'npm' || name === '' ? [] : [{ program: name, words: [name, ...rest] }];
    return [`pre${name}`, name, `post${name}`].flatMap((each) => {
      const text = scriptOf(manifest, each);
      return text === undefined ? [] : follow(text);
    });
  };
  return follow(line);
}

/** The words of each program of a line, without the shell's operators between them. Quotes keep a word together. */
export function splitLine(line: string): string[][] {
  const commands: string[][] = [[]];
  const token = /\\[\s\S]|"((?:[^"\\]|\\.)*)"|'([^']*)'|(&&|\|\||[;|&\n()])|(\s+)|([^\s"'\\;|&()]+)/g;
  let word: string | undefined;
  const close = () => {
    if (word !== undefined) commands.at(-1)?.push(word);
    word = undefined;
  };
  for (const [all, double, single, operator, space] of line.slice(0, 8_192).matchAll(token)) {
    if (operator !== undefined) {
      close();
      commands.push([]);
    } else if (space !== undefined) close();
    else word = (word ?? '') + (double ?? single ?? all);
  }
  close();
  return commands.filter((words) => words.length > 0);
}

/** Removes variables and wrappers before the program. */
export function unwrap(words: readonly string[]): readonly string[] {
  let at = 0;
  for (;;) {
    while (/^[A-Za-z_]\w*=/.test(words[at] ?? '')) at += 1;
    if (!WRAPPERS.has(words[at] ?? '')) return words.slice(at);
    at += 1;
    while (/^-/.test(words[at] ?? '') && words[at] !== '--') at += /^-(e|f|-env-file)$/.test(words[at] ?? '') ? 2 : 1;
    if (words[at] === '--' || words[at] === 'run') at += 1;
    if (words[at] === '--') at += 1;
  }
}

function afterOptions(words: readonly string[]): readonly string[] {
  const at = words.findIndex((word) => !word.startsWith('-'));
  return at < 0 ? [] : words.slice(at);
}

function isName(word: string): boolean {
  return !word.startsWith('-');
}

function quoteAll(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", '')}'`)).join(' ');
}
