import { posix } from 'node:path';
import { BuildError } from './build-error.ts';
import type { LoadedConfig } from './config.ts';
import type { SourceTree } from './source-tree.ts';

/** A Dockerfile of the app's own, and what `gantry.json` says of how it is built. */
export interface OwnDockerfile {
  /** Its path below the app's folder. */
  readonly path: string;
  /** The stage that becomes the image; the last one where it is undefined. */
  readonly target: string | undefined;
  readonly arguments: Readonly<Record<string, string>>;
  /** The TCP ports that the stage names by EXPOSE, those of the stages that it begins with included. An image may have more of its base. */
  readonly ports: readonly number[];
}

interface Stage {
  readonly name: string | undefined;
  readonly ports: number[];
}

/**
 * The Dockerfile that builds this tree, or undefined where it is planned: one that `gantry.json` names, else one in the folder itself, unless
 * `gantry.json` names another provider. Throws a `BuildError` where it, or the stage that is asked for, is not there.
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
    throw new BuildError(`${file} asks for the stage ${target} of ${path}, which is not there: ${found}`);
  }
  return { path, target, arguments: given, ports: [...new Set(stage?.ports)] };
}

/** Names of stages have no case. */
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
