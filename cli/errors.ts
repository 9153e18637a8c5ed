import { errorKinds, GantryError } from '@gantry/contract/errors.ts';
import { codeOf } from './files.ts';
import { type Output, paint, withItsColours } from './output.ts';
import { jsonText, oneLine } from './printable.ts';

/** Errors of the operating system, for people. */
const refusals: Readonly<Record<string, string>> = {
  EACCES: 'is not allowed: check who owns it and its permissions',
  EPERM: 'is not allowed: check who owns it and its permissions',
  EROFS: 'is not possible: the file system is read-only',
  ENOSPC: 'is not possible: the disk is full',
  EDQUOT: 'is not possible: your disk quota is used up',
  EMFILE: 'is not possible: too many files are open',
};

/** sysexits.h, EX_IOERR: the user's machine refuses something. */
const MACHINE = 74;

/** Prints an error on one line with advice, and returns the exit code of its kind in the contract. */
export async function exitOf(error: unknown, out: Output): Promise<number> {
  out.status(undefined);
  const { kind, message, fields, lines, code } = explain(error);
  if (out.json) {
    out.note(jsonText({ error: { kind, message, fields, lines } }));
    return code;
  }
  for (const line of lines) out.note(['  ', withItsColours(line)]);
  out.note([paint('red', 'Error:'), ` ${message}`]);
  return code;
}

function explain(error: unknown) {
  if (error instanceof GantryError) {
    const { kind, fields, lines } = error;
    return { kind, message: oneLine(error.message), fields, lines, code: errorKinds[kind].exitCode };
  }
  const none = { fields: [], lines: [] };
  const refusal = refusals[codeOf(error) ?? ''];
  if (error instanceof Error && (refusal !== undefined || PATHS.has(codeOf(error) ?? ''))) {
    const { path, dest, syscall = 'access' } = error as NodeJS.ErrnoException & { dest?: string };
    const what = dest ?? path;
    const mistake = what === undefined ? undefined : mistakeIn(what, codeOf(error), syscall);
    if (mistake !== undefined) return { ...none, kind: 'Machine', message: mistake, code: MACHINE };
    return {
      ...none,
      kind: 'Machine',
      message: `${syscall}${what ? ` ${what}` : ''} ${refusal ?? 'is not possible'}.`,
      code: MACHINE,
    };
  }
  if (process.env.GANTRY_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  const text = error instanceof Error ? error.message : String(error);
  const message = `The command itself failed: ${oneLine(text)}. With GANTRY_DEBUG=1 it shows where.`;
  return { ...none, kind: 'Internal', message, code: errorKinds.Internal.exitCode };
}

const PATHS = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);

/** The mistake in a given path. */
function mistakeIn(path: string, code: string | undefined, syscall: string): string | undefined {
  const wantsFolder = syscall === 'opendir' || syscall === 'scandir';
  if (code === 'ENOENT') return `There is no ${wantsFolder ? 'folder' : 'file'} ${path}.`;
  if (code === 'ENOTDIR') return wantsFolder ? `${path} is a file; give a folder.` : `There is no file ${path}.`;
  return code === 'EISDIR' ? `${path} is a folder; give a file.` : undefined;
}
