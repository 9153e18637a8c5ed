import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { LogDatabase } from '../../../../local/services/logs/database.ts';

it('log lines stay within their limit on the disk: the oldest are dropped first', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-logs-'));
  const db = new LogDatabase(join(folder, 'logs.db'));
  try {
    db.addGroup('g');
    db.addStream('g', 's');
    const lines = Array.from({ length: 25_000 }, (_, timestamp) => ({
      timestamp,
      message: `${timestamp} `.padEnd(200),
    }));
    db.append('g', 's', lines);
    const limit = 4 * 1024 * 1024;
    let rounds = 0;
    while (db.shrink(limit) > 0) rounds += 1;
    expect(rounds).toBe(1);
    const rest = db.range({ group: 'g', from: 0, to: 25_000, limit: 25_000 });
    expect([rest.length, rest[0]?.time]).toEqual([5000, 20_000]);
  } finally {
    db.close();
    rmSync(folder, { recursive: true });
  }
});
