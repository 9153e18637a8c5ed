import type { ServiceSource } from '@gantry/contract/schemas/source.ts';

/** A source in a form, with the fields of all kinds. */
export interface SourceDraft {
  readonly kind: ServiceSource['kind'];
  readonly repository: string;
  readonly url: string;
  readonly reference: string;
  readonly branch: string;
  readonly watchPaths: string;
}

export const sourceKinds: readonly (readonly [ServiceSource['kind'], string])[] = [
  ['upload', 'Uploads: gantry up, or a dropped archive'],
  ['github', 'A repository on GitHub: every push deploys'],
  ['git', 'Another git repository, by its address'],
  ['image', 'An image of a registry'],
];

export function draftOf(source: ServiceSource): SourceDraft {
  const empty = { repository: '', url: '', reference: '', branch: 'main', watchPaths: '' };
  if (source.kind !== 'github') return { ...empty, ...source };
  return { ...empty, ...source, watchPaths: source.watchPaths.join('\n') };
}

/** The source of a draft. The API checks it. */
export function sourceOf({ kind, repository, url, reference, branch, watchPaths }: SourceDraft): ServiceSource {
  const lines = watchPaths.split('\n').map((line) => line.trim());
  switch (kind) {
    case 'github':
      return { kind, repository: repository.trim(), branch, watchPaths: lines.filter((line) => line !== '') };
    case 'git':
      return { kind, url: url.trim(), branch };
    case 'image':
      return { kind, reference: reference.trim() };
    case 'upload':
      return { kind };
  }
}

/** The source of a service, on one line. */
export function sourceSummary(source: ServiceSource): string {
  switch (source.kind) {
    case 'github':
      return `${source.repository}, branch ${source.branch}`;
    case 'git':
      return `${source.url}, branch ${source.branch}`;
    case 'image':
      return source.reference;
    case 'upload':
      return 'Uploads';
  }
}
