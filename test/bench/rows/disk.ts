import { bytesOf, deployAndRemove, diskOf, OF_APPS, settledDisk } from '../disk.ts';
import type { Figure, Topic } from '../figures.ts';
import type { Bed } from '../platform.ts';

const APPS = 10;
const RELEASES = 10;
const MB = 1024 * 1024;

/** The platform's disk use after the deployment and removal of a hundred releases of ten apps: at most the limits of its caches. */
export const disk = (bed: Bed): Topic => ({
  name: 'disk',
  async measure() {
    const { client, endpoints } = bed;
    const before = await diskOf(endpoints);
    let full = before;
    await deployAndRemove(client, APPS, RELEASES, async () => {
      full = await diskOf(endpoints);
    });
    const after = await settledDisk(endpoints, before, OF_APPS);
    const detail = `${RELEASES} releases of each of ${APPS} static sites, deployed, then removed`;
    const left = (name: string): Figure => ({
      name: `${name}, left after the removal`,
      value: (bytesOf(after, name) - bytesOf(before, name)) / MB,
      unit: 'MB',
      aim: 1,
      detail: `${detail}; ${(bytesOf(full, name) / MB).toFixed(1)} MB before it`,
    });
    const bounded = after.flatMap(({ name, bytes, limit }) =>
      limit === undefined ? [] : [{ name, value: bytes / MB, unit: 'MB', aim: limit / MB, detail }],
    );
    return [...OF_APPS.map(left), ...bounded];
  },
});
