import { sizeText } from '@gantry/contract/sizes.ts';

export interface Sized {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
}

/** A path stands for a folder above it while it has most of that folder's bytes. */
const MOST = 0.8;

/** The three largest paths, for people: a file, or a folder with many small ones. `assets/video/a.bin 270 MB, .cache/ 60 MB`. */
export function largestText(files: readonly Sized[]): string {
  const tops = Map.groupBy(files, ({ name }) => name.split('/')[0] ?? '');
  return [...tops.values()]
    .map((group) => heaviest(group))
    .sort((one, other) => other.size - one.size)
    .slice(0, 3)
    .map(({ name, size }) => `${name} ${sizeText(size)}`)
    .join(', ');
}

/** The deepest path with most of the bytes of a group with a common beginning. */
function heaviest(group: readonly Sized[], depth = 1): Sized {
  const size = group.reduce((sum, file) => sum + file.size, 0);
  const [first] = group;
  const path = first?.name.split('/').slice(0, depth).join('/') ?? '';
  if (path === first?.name) return { name: path, size };
  const inner = [...Map.groupBy(group, ({ name }) => name.split('/')[depth] ?? '').values()];
  const deeper = inner.find((part) => part.reduce((sum, file) => sum + file.size, 0) >= size * MOST);
  return deeper === undefined ? { name: `${path}/`, size } : heaviest(deeper, depth + 1);
}
