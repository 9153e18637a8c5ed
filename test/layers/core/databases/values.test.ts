import { newId } from '@gantry/contract/ids.ts';
import { VariableChange } from '@gantry/contract/schemas/variables.ts';
import { engineOf, versionFor } from '@gantry/core/databases/engines/engines.ts';
import { scramVerifier } from '@gantry/core/databases/engines/scram.ts';
import { databasesIn, placeholderOf, replacePlaceholders } from '@gantry/core/databases/placeholders.ts';
import { describe, expect, it } from '@jest/globals';

describe('a placeholder for a value of a database', () => {
  const [id, other] = [newId('database'), newId('database')];

  it('is found in a text and replaced, each by its own value', () => {
    const text = `x${placeholderOf(id, 'HOST')}:${placeholderOf(other, 'PORT')}${placeholderOf(id, 'HOST')}`;
    expect(databasesIn(text)).toEqual([id, other]);
    const values = { [`${id}.HOST`]: 'a', [`${other}.PORT`]: '1' };
    expect(replacePlaceholders(text, (database, name) => values[`${database}.${name}`] ?? '')).toBe('xa:1a');
  });

  it('cannot be set as a variable by anybody', () => {
    const set = { STOLEN: { value: placeholderOf(id, 'PASSWORD') } };
    expect(VariableChange.safeParse({ set }).error?.issues[0]?.message).toBe('must not hold the character NUL');
    expect(databasesIn(`${id}.PASSWORD`)).toEqual([]);
  });
});

describe('a password', () => {
  it('reaches PostgreSQL as the verifier of RFC 7677', () => {
    expect(scramVerifier('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'))).toBe(
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    );
  });

  it('is in no statement that makes a user', () => {
    const { letIn, session } = engineOf('postgres');
    const statements = [...letIn('app_a', 'planted'), ...session('gantry_1', 'planted', '2026-11-30T00:00:00Z')];
    expect(statements.join('\n')).not.toContain('planted');
  });
});

describe('an engine', () => {
  it.each(['mysql', 'redis', 'mongodb'] as const)(
    'that is not supported yet, %s, says which part is missing',
    (engine) => {
      expect(() => versionFor({ slug: 'data', engine })).toThrow(/cannot be created yet\. .+ sealed variable\.$/);
    },
  );

  it('has its newest version unless another is asked for, and no other than it has', () => {
    expect(versionFor({ slug: 'data', engine: 'postgres' })).toBe('18');
    expect(versionFor({ slug: 'data', engine: 'postgres', engineVersion: '17' })).toBe('17');
    expect(() => versionFor({ slug: 'data', engine: 'postgres', engineVersion: '12' })).toThrow('18, 17');
  });
});
