import { parse as parseToml } from 'smol-toml';
import * as z from 'zod';
import { BuildError, errorMessage } from '../build-error.ts';
import type { SourceTree } from '../source-tree.ts';

const Loose = z.record(z.string(), z.unknown());
const PyProject = z.looseObject({
  project: z
    .looseObject({
      name: z.string().optional(),
      'requires-python': z.string().optional(),
      dependencies: z.array(z.string()).optional(),
      scripts: z.unknown().optional(),
    })
    .optional(),
  'build-system': z.unknown().optional(),
  tool: z
    .looseObject({
      poetry: z
        .looseObject({
          dependencies: Loose.optional(),
          packages: z.unknown().optional(),
          scripts: z.unknown().optional(),
          'package-mode': z.boolean().optional(),
        })
        .optional(),
      uv: z
        .looseObject({ package: z.boolean().optional(), workspace: z.unknown().optional(), sources: Loose.optional() })
        .optional(),
    })
    .optional(),
});
export type PyProject = z.infer<typeof PyProject>;

const PoetryLock = z.looseObject({
  package: z.array(z.looseObject({ source: z.looseObject({ type: z.string() }).optional() })).optional(),
});

/** Reads `pyproject.toml`, empty where there is none. Throws a `BuildError` where it is not as it should be. */
export async function readPyProject(tree: SourceTree): Promise<PyProject> {
  return (await readToml(tree, 'pyproject.toml', PyProject)) ?? {};
}

/**
 * What the packages of `poetry.lock` come from beside an index: `git`, `url`, `file` or `directory`. Undefined where there is no such file.
 * Throws a `BuildError` where it is not as it should be.
 */
export async function poetrySources(tree: SourceTree): Promise<ReadonlySet<string> | undefined> {
  const lock = await readToml(tree, 'poetry.lock', PoetryLock);
  return lock && new Set(lock.package?.flatMap(({ source }) => source?.type ?? []));
}

async function readToml<Value>(tree: SourceTree, file: string, schema: z.ZodType<Value>): Promise<Value | undefined> {
  const text = await tree.read(file);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = parseToml(text);
  } catch (error) {
    throw new BuildError(`${file} is not valid TOML: ${errorMessage(error)}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new BuildError(`${file} is not valid: ${issue?.path.join('.')}: ${issue?.message}`);
}

/** The packages that the source itself asks for, in lower case with `-`, with their extras: `fastapi[standard]`. */
export async function declaredPackages(tree: SourceTree, project: PyProject): Promise<ReadonlySet<string>> {
  const lines = ((await tree.read('requirements.txt')) ?? '').split('\n');
  const poetry = Object.keys(project.tool?.poetry?.dependencies ?? {});
  const found = [...lines, ...(project.project?.dependencies ?? []), ...poetry].flatMap((line) => {
    const [, name, extras = ''] = /^\s*([A-Za-z0-9][\w.-]*)\s*(\[[^\]]*\])?/.exec(line) ?? [];
    const plain = name?.toLowerCase().replace(/[-_.]+/g, '-');
    return plain === undefined ? [] : [plain, `${plain}${extras}`];
  });
  return new Set(found);
}
