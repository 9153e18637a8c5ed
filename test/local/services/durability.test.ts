import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from '@jest/globals';
import { LogDatabase } from '../../../local/services/logs/database.ts';
import { BUCKET, GROUP, openRooms } from './writer.ts';

const WRITES = 200;

/** Runs the writer until it has acknowledged `WRITES` rounds, kills it, and returns its last acknowledged round. */
function killWhileWriting(dataDir: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const script = join(process.cwd(), 'test/local/services/writer.ts');
    const child = spawn(process.execPath, [script, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
    let last = -1;
    createInterface({ input: child.stdout }).on('line', (line) => {
      last = Number(line);
      if (last === WRITES) child.kill('SIGKILL');
    });
    child.once('error', reject);
    child.once('close', (code) => (code === null ? resolve(last) : reject(new Error(`the writer ended with ${code}`))));
  });
}

describe('a data folder after kill -9', () => {
  it('holds every acknowledged event, log line and object', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'gantry-'));
    const last = await killWhileWriting(dataDir);
    expect(last).toBeGreaterThanOrEqual(WRITES);
    const expected = Array.from({ length: last + 1 }, (_, n) => n);

    const { kernel, sqs, logs, objects, queueArn } = await openRooms(dataDir);
    const queued: number[] = [];
    for (;;) {
      const messages = await sqs.receive(queueArn, 10, 0, { kind: 'operator' }, new AbortController().signal);
      if (messages.length === 0) break;
      queued.push(
        ...messages.map(({ body }) => (JSON.parse(body) as { readonly detail: { readonly n: number } }).detail.n),
      );
    }
    expect(queued.slice(0, last + 1)).toEqual(expected);
    await logs.stop?.();
    const lines = new LogDatabase(join(dataDir, 'logs.db'));
    const found = lines.range({ group: GROUP, from: 0, to: Number.MAX_SAFE_INTEGER, limit: last + 1 });
    expect(found.map(({ message }) => Number(message))).toEqual(expected);
    lines.close();
    for (const n of expected) {
      const info = objects.find(BUCKET, `key-${n}`);
      expect(info === undefined ? undefined : String(await objects.read(BUCKET, info))).toBe(String(n));
    }
    kernel.store.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
});
