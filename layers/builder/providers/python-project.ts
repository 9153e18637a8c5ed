import * as z from 'zod';
import type { SourceTree } from '../source-tree.ts';
import { readLock } from './lock-file.ts';
import type { Requirements } from './python-requirements.ts';
import { readToml } from './toml-file.ts';

const Loose = z.record(z.string(), z.unknown());
const Scripts = z.record(z.string(), z.unknown());
const Workspace = z.looseObject({ members: z.array(z.string()).optional(), exclude: z.array(z.string()).optional() });
const PyProject = z.looseObject({
  project: z
    .looseObject({
      name: z.string().optional(),
      'requires-python': z.string().optional(),
      dependencies: z.array(z.string()).optional(),
      scripts: Scripts.optional(),
    })
    .optional(),
  'build-system': z.unknown().optional(),
  tool: z
    .looseObject({
      poetry: z
        .looseObject({
          name: z.string().optional(),
          dependencies: Loose.optional(),
          packages: z.unknown().optional(),
          scripts: Scripts.optional(),
          'package-mode': z.boolean().optional(),
        })
        .optional(),
      uv: z
        .looseObject({ package: z.boolean().optional(), workspace: Workspace.optional(), sources: Loose.optional() })
        .optional(),
      pdm: z.looseObject({ scripts: Scripts.optional(), distribution: z.boolean().optional() }).optional(),
    })
    .optional(),
});
export type PyProject = z.infer<typeof PyProject>;

const Pipfile = z.looseObject({
  packages: Loose.optional(),
  requires: z
    .looseObject({ python_version: z.string().optional(), python_full_version: z.string().optional() })
    .optional(),
  source: z.array(z.looseObject({ url: z.string() })).optional(),
  scripts: Scripts.optional(),
});
export type Pipfile = z.infer<typeof Pipfile>;

const PoetryLock = z.looseObject({
  package: z.array(z.looseObject({ source: z.looseObject({ type: z.string() }).optional() })).optional(),
});

/** Reads `pyproject.toml`; empty if there is none. Throws a `BuildError` if the file is not valid. */
export async function readPyProject(tree: SourceTree): Promise<PyProject> {
  return (await readToml(tree, 'pyproject.toml', PyProject)) ?? {};
}

/** Reads `Pipfile`; undefined if there is none. Throws a `BuildError` if the file is not valid. */
export function readPipfile(tree: SourceTree): Promise<Pipfile | undefined> {
  return readToml(tree, 'Pipfile', Pipfile);
}

/**
 * The kinds of origin of the packages in `poetry.lock`, except an index: `git`, `url`, `file` or `directory`. Undefined
 * without the file. Throws a `BuildError` if the file is not valid.
 */
export async function poetrySources(tree: SourceTree): Promise<ReadonlySet<string> | undefined> {
  const text = await readLock(tree, 'poetry.lock');
  // The file is too large to be read, so a package may come from anywhere.
  if (text?.whole === false) return new Set(['git', 'directory']);
  const lock = await readToml(tree, 'poetry.lock', PoetryLock);
  return lock && new Set(lock.package?.flatMap(({ source }) => source?.type ?? []));
}

/** The files of an app that list the packages it asks for. */
export interface Asking {
  readonly project: PyProject;
  readonly pipfile: Pipfile | undefined;
  readonly requirements: Requirements | undefined;
}

/**
 * The packages that the source itself asks for, in lower case with `-`, and once more with each extra:
 * `fastapi[standard]`.
 */
export function declaredPackages({ project, pipfile, requirements }: Asking): ReadonlySet<string> {
  const tables = { ...project.tool?.poetry?.dependencies, ...pipfile?.packages };
  const keyed = Object.entries(tables).map(([name, value]) => {
    const { extras } = z.looseObject({ extras: z.array(z.string()) }).safeParse(value).data ?? { extras: [] };
    return extras.length === 0 ? name : `${name}[${extras.join(',')}]`;
  });
  const lines = [...(requirements?.lines ?? []), ...(project.project?.dependencies ?? []), ...keyed];
  const found = lines.flatMap((line) => {
    const [, name, extras = ''] = /^\s*([A-Za-z0-9][\w.-]*)\s*(\[[^\]]*\])?/.exec(line) ?? [];
    const plain = name?.toLowerCase().replace(/[-_.]+/g, '-');
    const each = extras
      .slice(1, -1)
      .split(',')
      .flatMap((extra) => (extra.trim() === '' ? [] : [`${plain}[${extra.trim()}]`]));
    return plain === undefined ? [] : [plain, ...each];
  });
  return new Set(found);
}
