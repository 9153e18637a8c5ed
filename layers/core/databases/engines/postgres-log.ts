import type { StatementFailure } from './engine.ts';

const MOST_CHARACTERS = 500;

/**
 * The last failure of a user in a server's log, whose lines begin as RDS has it: `2026-11-30 08:00:00 UTC:10.0.0.1(5000):app_a@app:[31]:ERROR:  …`. The
 * statement follows under the same process; its further lines begin with a tab.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Concepts.PostgreSQL.html
 */
export function lastFailureIn(log: string, user: string): StatementFailure | undefined {
  const entries = entriesOf(log).filter(({ text }) => text.includes(`:${user}@`));
  const at = entries.findLastIndex(({ level }) => level === 'ERROR' || level === 'FATAL');
  const failed = entries[at];
  if (failed === undefined) return undefined;
  const said = entries.slice(at + 1).find(({ level, process }) => level === 'STATEMENT' && process === failed.process);
  const statement = said?.said.replaceAll(/\s+/g, ' ').slice(0, MOST_CHARACTERS);
  return { error: failed.said, statement, tookTooLong: /due to (statement|transaction) timeout/.test(failed.said) };
}

/** The entries of a log, each with its further lines. */
function entriesOf(log: string) {
  return log.split(/\n(?!\t)/).flatMap((text) => {
    const [, process = '', level = '', said = ''] = /:\[(\d+)\]:([A-Z]+): {2}(.*)$/s.exec(text) ?? [];
    return level === '' ? [] : [{ text, process, level, said: said.trim() }];
  });
}
