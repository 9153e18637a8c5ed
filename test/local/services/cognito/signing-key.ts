import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from '@jest/globals';
import { createKeys } from '../../../../local/services/cognito/keys.ts';
import { at, pool, tokens } from './fixture.ts';

describe('the signing key of tokens', () => {
  const file = () => join(at.kernel.dataDir, 'keys', 'signing.json');
  const secretOf = () => {
    const keys = JSON.parse(readFileSync(file(), 'utf8')) as Record<string, { kid: string; privateJwk: { d: string } }>;
    return keys[pool] ?? { kid: '', privateJwk: { d: '' } };
  };

  /** Whether a file has some part of a secret: SQLite may cut it in two. */
  const holds = (path: string, secret: string) => {
    const bytes = readFileSync(path);
    return Array.from({ length: 8 }, (_, part) => secret.slice(part * 40, part * 40 + 40)).some((each) =>
      bytes.includes(each),
    );
  };
  /** Whether the store has a secret, including its deleted data. */
  const inStore = (secret: string): boolean => {
    const path = join(at.kernel.dataDir, 'state.db');
    const database = new DatabaseSync(path);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database.close();
    return [path, `${path}-wal`].some((each) => holds(each, secret));
  };

  it('is next to the keys of KMS, readable only for its owner, and nowhere else', async () => {
    await tokens();
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(join(file(), '..')).mode & 0o777).toBe(0o700);
    const { d } = secretOf().privateJwk;
    expect(d.length).toBeGreaterThan(300);
    for (const name of readdirSync(at.kernel.dataDir).filter((each) => each.includes('.')))
      expect(holds(join(at.kernel.dataDir, name), d)).toBe(false);
  });

  it('moves there from the store of an older data folder, and sign-ins stay valid', async () => {
    const { access_token } = await tokens();
    const key = secretOf();
    rmSync(file());
    const former = at.kernel.store.collection('cognito.keys');
    former.put(pool, key);
    expect(inStore(key.privateJwk.d)).toBe(true);
    const verified = await createKeys(at.kernel).verify(pool, access_token);
    expect(verified?.token_use).toBe('access');
    expect([secretOf(), former.entries()]).toEqual([key, []]);
    expect(inStore(key.privateJwk.d)).toBe(false);
  });
});
