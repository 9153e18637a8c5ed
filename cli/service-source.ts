import { GantryError } from '@gantry/contract/errors.ts';
import type { ServiceSource } from '@gantry/contract/schemas/source.ts';
import type { Flags, FlagValues } from './declare.ts';

/** The origin of a service's app; at most one of these. */
export const sourceFlags = {
  upload: { summary: 'deploy folders, by `gantry up`' },
  repository: { summary: 'deploy this repository on GitHub', value: 'owner/name' },
  git: { summary: 'deploy another git repository', value: 'address' },
  branch: { summary: 'with --repository or --git: the branch; default main', value: 'branch' },
  image: { summary: 'deploy this container image', value: 'reference' },
} as const satisfies Flags;

/** The source in the flags, if any. Throws Invalid for more than one, and for a branch without a repository. */
export function sourceOf(flags: FlagValues<typeof sourceFlags>): { source?: ServiceSource } {
  const { upload, repository, git, image, branch = 'main' } = flags;
  const sources: ServiceSource[] = [
    ...(upload ? [{ kind: 'upload' as const }] : []),
    ...(repository !== undefined ? [{ kind: 'github' as const, repository, branch, watchPaths: [] }] : []),
    ...(git !== undefined ? [{ kind: 'git' as const, url: git, branch }] : []),
    ...(image !== undefined ? [{ kind: 'image' as const, reference: image }] : []),
  ];
  const [source, other] = sources;
  if (other !== undefined)
    throw new GantryError(
      'Invalid',
      'A service has one source: give one of --upload, --repository, --git and --image.',
    );
  if (flags.branch !== undefined && repository === undefined && git === undefined)
    throw new GantryError('Invalid', '--branch needs a repository: give --repository or --git too.');
  return source === undefined ? {} : { source };
}

export function sourceText(source: ServiceSource): string {
  switch (source.kind) {
    case 'upload':
      return 'upload';
    case 'image':
      return `image ${source.reference}`;
    case 'git':
      return `${source.url}, branch ${source.branch}`;
    case 'github':
      return `github ${source.repository}, branch ${source.branch}`;
  }
}
