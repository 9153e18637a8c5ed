/** What an upload of a folder leaves out, as every client says it: the command, and the dashboard where a folder is dropped. */

export const OWN_IGNORE_FILE = '.gantryignore';
/** The files whose patterns leave something out, each over those before it. */
export const IGNORE_FILES = ['.gitignore', OWN_IGNORE_FILE];

/**
 * What is left out unless a .gantryignore or .gitignore takes it back in with `!`: secrets, which belong into variables; what a build makes
 * anew; the local cloud's data, which holds passwords.
 */
export const LEFT_OUT_BY_DEFAULT = ['.env*', 'node_modules/', '.gantry/', '.DS_Store'];
/** Nothing takes it back in. */
export const LEFT_OUT_ALWAYS = '.git';

/** The lines of an ignore file. */
export const linesOf = (text: string): string[] => text.replace(/^\uFEFF/, '').split(/\r?\n/);

/** The patterns of a folder as they read from a folder above it, from where its path is `below`. One without a slash within holds at any depth. */
export function rebased(lines: readonly string[], below: string): string[] {
  const prefix = below.replace(/[\\*?[\]]/g, '\\$&');
  return lines.flatMap((line) => {
    const [, not = '', body = ''] = /^(!?)(.*)$/.exec(line) ?? [];
    if (line.startsWith('#') || /^\/? *$/.test(body)) return [];
    if (prefix === '') return [line];
    const anchored = /\/./.test(body.trimEnd());
    return [`${not}/${prefix}/${anchored ? body.replace(/^\//, '') : `**/${body}`}`];
  });
}
