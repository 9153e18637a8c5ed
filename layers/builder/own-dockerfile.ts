import { posix } from 'node:path';
import { BuildError } from './build-error.ts';
import type { LoadedConfig } from './config.ts';
import type { SourceTree } from './source-tree.ts';

/** The app's own Dockerfile, and its settings in `gantry.json`. */
export interface OwnDockerfile {
  /** The path of the Dockerfile below the app's folder. */
  readonly path: string;
  /** The stage that becomes the image; the last stage by default. */
  readonly target: string | undefined;
  readonly arguments: Readonly<Record<string, string>>;
  /** The TCP ports in EXPOSE of the stage and of the stages that it is based on. The base image may add more. */
  readonly ports: readonly number[];
}

interface Stage {
  readonly name: string | undefined;
  readonly ports: number[];
}

/**
 * The Dockerfile of this tree: the one that `gantry.json` names, otherwise the one in the folder. Undefined if there is
 * none, or if `gantry.json` names another provider. Throws a `BuildError` if the named file or stage is missing.
 */
export async function dockerfileOf(
  tree: SourceTree,
  { config, file = 'gantry.json' }: LoadedConfig,
): Promise<OwnDockerfile | undefined> {
  const { dockerfile: named, target, arguments: given = {} } = config.build ?? {};
  if (config.provider !== undefined && config.provider !== 'dockerfile') {
    if (named === undefined) return undefined;
    throw new BuildError(`${file} names both a Dockerfile and the provider ${config.provider}; keep one of them`);
  }
  const path = posix.normalize(named ?? 'Dockerfile');
  if (path.split('/').includes('..') || posix.isAbsolute(path)) {
    throw new BuildError(`${file}: build.dockerfile leads out of the app's folder; give a path below it`);
  }
  const text = await tree.read(path);
  if (text === undefined) {
    if (named === undefined && config.provider === undefined) return undefined;
    throw new BuildError(`${file} asks for ${path}, which is not in the app's folder; check its name and case`);
  }
  const stages = stagesOf(text);
  const stage = target === undefined ? stages.at(-1) : stageNamed(stages, target);
  if (target !== undefined && stage === undefined) {
    const names = stages.flatMap(({ name }) => name ?? []);
    const found = names.length === 0 ? 'none of its stages has a name' : `it has ${names.slice(0, 10).join(', ')}`;
    throw new BuildError(`${file} asks for the stage ${target} of ${path}, which does not exist: ${found}`);
  }
  return { path, target, arguments: given, ports: [...new Set(stage?.ports)] };
}

/** Finds a stage by its name. Case does not matter. */
function stageNamed(stages: readonly Stage[], name: string): Stage | undefined {
  return stages.find((stage) => stage.name?.toLowerCase() === name.toLowerCase());
}

function stagesOf(text: string): Stage[] {
  const stages: Stage[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [instruction = '', ...words] = line.trim().split(/\s+/);
    if (/^from$/i.test(instruction)) {
      const [image = '', as = '', name] = words.filter((word) => !word.startsWith('--'));
      const base = stageNamed(stages, image);
      stages.push({ name: /^as$/i.test(as) ? name : undefined, ports: [...(base?.ports ?? [])] });
    } else if (/^expose$/i.test(instruction)) {
      const ports = words.flatMap((word) => /^(\d{1,5})(?:\/tcp)?$/i.exec(word)?.[1] ?? []);
      stages.at(-1)?.ports.push(...ports.map(Number));
    }
  }
  return stages;
}
