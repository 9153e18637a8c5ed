import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { selfSigned } from '../../../../local/cluster/api/certificate.ts';
import { createServers } from '../../../../local/services/rds/servers.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'gantry-servers-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

function lay(...files: readonly string[]): void {
  for (const file of files) {
    mkdirSync(join(dataDir, file, '..'), { recursive: true });
    writeFileSync(join(dataDir, file), '');
  }
}

describe('a server that goes after a last backup', () => {
  it('leaves the complete backup even if its removal was killed halfway and runs again', async () => {
    lay('databases/orders/data/PG_VERSION', 'databases/orders/data/base/1');
    const servers = createServers(dataDir, selfSigned());
    await servers.remove('orders', 'last');
    lay('databases/orders/data/base/1');
    await servers.remove('orders', 'last');
    expect(readdirSync(join(dataDir, 'database-backups/last/data')).sort()).toEqual(['PG_VERSION', 'base']);
    expect(existsSync(join(dataDir, 'databases/orders'))).toBe(false);
  });
});

describe('a copy that a killed platform began', () => {
  it('is removed at the next start, and whole copies stay', () => {
    const whole = ['databases/orders/bases/1796000000000/data', 'database-backups/last/data', 'databases/orders/wal/a'];
    lay(...whole, 'databases/copy.0a1b2c3d.part/data', 'database-backups/next.0a1b2c3d.part/data');
    lay('databases/orders/bases/next.0a1b2c3d.part/data');
    createServers(dataDir, selfSigned()).sweep();
    expect(readdirSync(dataDir, { recursive: true }).filter((name) => String(name).includes('.part'))).toEqual([]);
    for (const file of whole) expect(existsSync(join(dataDir, file))).toBe(true);
  });
});
