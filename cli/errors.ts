import { errorKinds, GantryError } from '@gantry/contract/errors.ts';
import { codeOf } from './files.ts';
import { type Output, paint, withItsColours } from './output.ts';
import { jsonText, oneLine } from './printable.ts';

/** What the operating system refuses, for people. */
const refusals: Readonly<Record<string, string>> = {
  EACCES: 'is not allowed: check who owns it and its permissions',
  EPERM: 'is not allowed: check who owns it and its permissions',
  EROFS: 'is not possible: the file system is read-only',
  ENOSPC: 'is not possible: the disk is full',
  EDQUOT: 'is not possible: your disk quota is used up',
  ENOENT: 'is not possible: it is not there',
  ENOTDIR: 'is not possible: a part of the path is no folder',
  EISDIR: 'is not possible: it is a folder',
  EMFILE: 'is not possible: too many files are open',
};

/** sysexits.h, EX_IOERR: the machine that the command runs on refuses something. */
const MACHINE = 74;

/** Says what went wrong, on one line and with what to do, and answers the exit code: that of the kind of error in the contract. */
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
    return { kind, message: oneLine(withFields(error)), fields, lines, code: errorKinds[kind].exitCode };
  }
  const none = { fields: [], lines: [] };
  const refusal = refusals[codeOf(error) ?? ''];
  if (error instanceof Error && refusal !== undefined) {
    const { path, dest, syscall = 'access' } = error as NodeJS.ErrnoException & { dest?: string };
    const what = dest ?? path;
    return { ...none, kind: 'Machine', message: `${syscall}${what ? ` ${what}` : ''} ${refusal}.`, code: MACHINE };
  }
  if (process.env.GANTRY_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  const text = error instanceof Error ? error.message : String(error);
  const message = `The command itself failed: ${oneLine(text)}. With GANTRY_DEBUG=1 it shows where.`;
  return { ...none, kind: 'Internal', message, code: errorKinds.Internal.exitCode };
}

/** What the fields add to the sentence, where it does not say it already. */
function withFields({ message, fields }: GantryError): string {
  const more = fields.map(({ field, message }) => `${field.replace(/^(body|query|params)\./, '')} ${message}`);
  const news = more.filter((text) => !message.includes(text));
  return news.length === 0 ? message : `${message} ${news.join('; ')}.`;
}
