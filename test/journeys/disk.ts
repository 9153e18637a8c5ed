import { describe, expect, it } from '@jest/globals';
import { bytesOf, deployAndRemove, diskOf, OF_APPS, settledDisk } from '../bench/disk.ts';
import { patience } from '../patience.ts';
import { client, platform } from './fixture.ts';

const MB = 1024 * 1024;

describe('a platform whose apps were deployed and deleted', () => {
  it(
    'keeps no images, files or builds of them, and its caches stay within their limits',
    async () => {
      const before = await diskOf(platform.endpoints);
      let images = 0;
      await deployAndRemove(client, 1, 2, async () => {
        images = bytesOf(await diskOf(platform.endpoints), 'unpacked images');
      });
      expect(images - bytesOf(before, 'unpacked images')).toBeGreaterThan(MB / 2);
      const after = await settledDisk(platform.endpoints, before, OF_APPS);
      for (const part of OF_APPS)
        expect([part, bytesOf(after, part) - bytesOf(before, part) < MB / 4]).toEqual([part, true]);
      expect(after.filter(({ bytes, limit }) => limit !== undefined && bytes > limit)).toEqual([]);
    },
    patience(60_000),
  );
});
