/** The files that an upload of a folder leaves out, the same for every client: the command, and the dashboard's drop area. */

export const OWN_IGNORE_FILE = '.gantryignore';
/** The ignore files, each overriding those before it. */
export const IGNORE_FILES = ['.gitignore', OWN_IGNORE_FILE];

/**
 * Left out unless a .gantryignore or .gitignore takes it back in with `!`: secrets, which belong into variables; files that a build makes again; the
 * local cloud's data, which holds passwords.
 */
export const LEFT_OUT_BY_DEFAULT = ['.env*', 'node_modules/', '.gantry/', '.DS_Store'];
/** No ignore file can take it back in. */
export const LEFT_OUT_ALWAYS = '.git';

/** The lines of an ignore file. */
export const linesOf = (text: string): string[] => text.replace(/^\uFEFF/, '').split(/\r?\n/);

/** A folder's patterns as read from a folder above, in which its path is `below`. A pattern without an inner slash holds at any depth. */
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
