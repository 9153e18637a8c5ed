import { lastFailureIn } from '@gantry/core/databases/engines/postgres-log.ts';
import { describe, expect, it } from '@jest/globals';

const line = (process: number, level: string, text: string, user = 'app_a') =>
  `2026-11-30 08:00:00 UTC:10.0.0.7(51234):${user}@app:[${process}]:${level}:  ${text}\n`;

describe('the last failure of a user in the log of PostgreSQL', () => {
  it('is told with its statement on one line, whatever other processes wrote in between', () => {
    const log = [
      line(31, 'ERROR', 'relation "old" does not exist at character 15'),
      line(31, 'STATEMENT', 'SELECT * FROM old'),
      line(32, 'ERROR', 'canceling statement due to statement timeout'),
      line(33, 'LOG', 'checkpoint starting', 'rdsadmin'),
      line(31, 'WARNING', 'there is no transaction in progress'),
      line(32, 'STATEMENT', 'UPDATE notes\n\tSET text = upper(text)\n\tWHERE true'),
    ].join('');
    expect(lastFailureIn(log, 'app_a')).toEqual({
      error: 'canceling statement due to statement timeout',
      statement: 'UPDATE notes SET text = upper(text) WHERE true',
      tookTooLong: true,
    });
  });

  it('may have no statement: a transaction that was idle too long', () => {
    const log = line(31, 'FATAL', 'terminating connection due to transaction timeout');
    expect(lastFailureIn(log, 'app_a')).toMatchObject({ statement: undefined, tookTooLong: true });
  });

  it('is not that of another user, and a statement is cut', () => {
    expect(lastFailureIn(line(31, 'ERROR', 'x', 'gantry_master'), 'app_a')).toBeUndefined();
    const long = line(31, 'ERROR', 'division by zero') + line(31, 'STATEMENT', `SELECT ${'1,'.repeat(1000)}1/0`);
    expect(lastFailureIn(long, 'app_a')?.statement?.length).toBe(500);
    expect(lastFailureIn('', 'app_a')).toBeUndefined();
  });
});
