import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBackoff } from '@gantry/local/cluster/kubelet/backoff.ts';
import { createImages } from '@gantry/local/cluster/kubelet/images.ts';
import { reservePort } from '@gantry/local/cluster/kubelet/ports.ts';
import { createShipper } from '@gantry/local/cluster/kubelet/shipper.ts';
import { createBalancer } from '@gantry/local/cluster/proxy/balance.ts';
import type { LogLine } from '@gantry/local/kernel/ports.ts';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { layerFile, until } from './harness.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gantry-node-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the local node', () => {
  it('never gives one port to two pods, and prefers the port that a pod had', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => reservePort()));
    expect(new Set(all.map(({ port }) => port)).size).toBe(50);
    const [first] = all;
    const other = await reservePort(first?.port);
    expect(other.port).not.toBe(first?.port);
    first?.release();
    const again = await reservePort(first?.port);
    expect(again.port).toBe(first?.port);
    for (const each of [...all.slice(1), other, again]) each.release();
  });

  it('waits longer before each restart, and starts over after ten minutes without one', () => {
    const backoff = createBackoff();
    expect([0, 0, 0, 0].map((ranMs) => backoff.next(ranMs))).toEqual([0, 10_000, 20_000, 40_000]);
    expect([0, 0, 0, 0].map((ranMs) => backoff.next(ranMs)).at(-1)).toBe(300_000);
    expect(backoff.next(600_000)).toBe(0);
  });

  it('drops lines with a marker, rather than block an app, when the log service is slow', async () => {
    const written: LogLine[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const logs = {
      async write(_group: string, _stream: string, lines: readonly LogLine[]) {
        await held;
        written.push(...lines);
      },
    };
    const shipper = createShipper({
      logs,
      group: () => 'g',
      principal: () => ({ kind: 'operator' }),
      note: () => undefined,
    });
    for (let at = 0; at < 12_000; at++) shipper.ship('s', { timestamp: at, message: String(at) });
    release();
    await until(
      async () => written.length,
      (count) => count === 10_001,
    );
    expect(written.at(-1)?.message).toBe('[gantry] 2000 lines were dropped: the log service could not keep up');
    await shipper.stop();
  });

  it('tries again when the log service fails, and continues with the following lines', async () => {
    const written: string[] = [];
    let failures = 2;
    const logs = {
      async write(_group: string, _stream: string, lines: readonly LogLine[]) {
        if (failures-- > 0) throw new Error('throttled');
        written.push(...lines.map(({ message }) => message));
      },
    };
    const shipper = createShipper({
      logs,
      group: () => 'g',
      principal: () => ({ kind: 'operator' }),
      note: () => undefined,
    });
    shipper.ship('s', { timestamp: 1, message: 'one' });
    await until(
      async () => written.length,
      (count) => count === 1,
    );
    shipper.ship('s', { timestamp: 2, message: 'two' });
    await shipper.stop();
    expect(written).toEqual(['one', 'two']);
  });

  it('unpacks an image once, and deletes images that nothing names any more', async () => {
    const inUse = new Set<string>();
    const layers = [await layerFile(folder, [{ name: 'a', content: '1' }])];
    let pulls = 0;
    const config = { architecture: 'amd64', os: 'linux', config: { Labels: { 'dev.gantry.base': 'none' } } };
    const puller = {
      async pull(reference: string) {
        pulls += 1;
        return { digest: reference.slice(2), config, layers };
      },
    };
    const images = createImages(join(folder, 'images'), puller, () => inUse);
    const [one, two] = ['1', '2'].map((digit) => `r@sha256:${digit.repeat(64)}`) as [string, string];
    inUse.add(one).add(two);
    const same = await Promise.all([images.ensure(one), images.ensure(one), images.ensure(two)]);
    expect(existsSync(join(same[0].root, 'a'))).toBe(true);
    const before = pulls;
    await images.ensure(one);
    expect(pulls).toBe(before);
    inUse.delete(one);
    await images.prune();
    expect(readdirSync(join(folder, 'images'))).toEqual(['2'.repeat(16)]);
  });
});

it('keeps unpacked images up to a limit, those that ran last first', async () => {
  const layers = [await layerFile(folder, [{ name: 'a', content: 'a'.repeat(40_000) }])];
  const config = { architecture: 'amd64', os: 'linux', config: { Labels: { 'dev.gantry.base': 'none' } } };
  const puller = { pull: async (reference: string) => ({ digest: reference.slice(2), config, layers }) };
  const named = ['3', '4', '5', '6'].map((digit) => `r@sha256:${digit.repeat(64)}`);
  const running = new Set([named[0] ?? '']);
  const place = join(folder, 'idle-images');
  const imagesWithin = (...limit: number[]) =>
    createImages(
      place,
      puller,
      () => running,
      () => new Set(named),
      ...limit,
    );
  const images = imagesWithin();
  for (const reference of named) await images.ensure(reference);
  const used = (digit: string, seconds: number) =>
    utimesSync(join(place, digit.repeat(16), 'image.json'), seconds, seconds);
  used('3', 1);
  used('4', 3);
  used('5', 2);
  used('6', 4);
  await imagesWithin(120_000).prune();
  expect(readdirSync(place).sort()).toEqual(['3', '4', '6'].map((digit) => digit.repeat(16)));
});

describe('the balance of weights', () => {
  it('holds exactly in every full round, mixed, and starts over when the weights change', () => {
    const balancer = createBalancer();
    const items = [
      { id: 'a', weight: 3 },
      { id: 'b', weight: 1 },
      { id: 'c', weight: 0 },
    ];
    const picks = Array.from({ length: 8 }, () => balancer.pick('k', items)?.id).join('');
    expect(picks).toBe('aabaaaba');
    expect(balancer.pick('k', [{ id: 'b', weight: 1 }])?.id).toBe('b');
    expect(balancer.pick('k', [{ id: 'c', weight: 0 }])).toBeUndefined();
  });
});
