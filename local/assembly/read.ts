import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACCOUNT, EDGE_REGION, REGION } from '../kernel/kernel.ts';
import type { AssetLocator } from '../kernel/ports.ts';
import { sortByReference } from './order.ts';
import { AssemblyError, type Template } from './template.ts';

/** A stack of the assembly; `parameters` are values from the assembly itself. */
export interface Stack {
  readonly name: string;
  readonly region: string;
  readonly template: Template;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface Assembly {
  /** Each stack after those that it depends on. */
  readonly stacks: readonly Stack[];
  readonly assets: AssetLocator;
}

interface Manifest {
  readonly artifacts?: Readonly<Record<string, Artifact>>;
}

interface Artifact {
  readonly type: string;
  /** `aws://<account>/<region>`. */
  readonly environment?: string;
  readonly dependencies?: readonly string[];
  readonly properties?: {
    readonly templateFile?: string;
    readonly stackName?: string;
    readonly parameters?: Readonly<Record<string, string>>;
    readonly file?: string;
    readonly directoryName?: string;
  };
}

interface AssetManifest {
  readonly files?: Readonly<Record<string, FileAsset>>;
  readonly dockerImages?: Readonly<Record<string, unknown>>;
}

interface FileAsset {
  readonly source: { readonly path?: string };
  readonly destinations: Readonly<Record<string, { readonly bucketName: string; readonly objectKey: string }>>;
}

/**
 * Reads a synthesized cloud assembly, with the assemblies of stages inside. Throws an `AssemblyError` for a missing or malformed file, and for
 * container images.
 */
export function readAssembly(directory: string): Assembly {
  const assets = new Map<string, string>();
  const stacks = readDirectory(directory, assets);
  return { stacks, assets: { path: (bucket, key) => assets.get(`${bucket}/${key}`) } };
}

function readDirectory(directory: string, assets: Map<string, string>): readonly Stack[] {
  const { artifacts = {} } = readJson<Manifest>(join(directory, 'manifest.json'));
  const dependencies = (id: string) => (artifacts[id]?.dependencies ?? []).filter((other) => other in artifacts);
  return sortByReference(Object.keys(artifacts), dependencies, directory).flatMap((id): readonly Stack[] => {
    const { type, environment, properties = {} } = artifacts[id] ?? { type: '' };
    if (type === 'cdk:asset-manifest' && properties.file !== undefined) {
      readAssets(directory, properties.file, assets);
    } else if (type === 'cdk:cloud-assembly' && properties.directoryName !== undefined) {
      return readDirectory(join(directory, properties.directoryName), assets);
    } else if (type === 'aws:cloudformation:stack' && properties.templateFile !== undefined) {
      const template = readJson<Template>(join(directory, properties.templateFile));
      const region = environment?.endsWith(`/${EDGE_REGION}`) ? EDGE_REGION : REGION;
      return [{ name: properties.stackName ?? id, region, template, parameters: properties.parameters ?? {} }];
    }
    return [];
  });
}

function readAssets(directory: string, file: string, assets: Map<string, string>): void {
  const { files = {}, dockerImages = {} } = readJson<AssetManifest>(join(directory, file));
  const [image] = Object.keys(dockerImages);
  if (image !== undefined)
    throw new AssemblyError([`local cloud: container image asset ${image} (${file}) is not emulated`]);
  for (const { source, destinations } of Object.values(files)) {
    if (source.path === undefined) continue;
    for (const { bucketName, objectKey } of Object.values(destinations)) {
      const bucket = bucketName.replace(/\$\{AWS::AccountId\}/g, ACCOUNT).replace(/\$\{AWS::Region\}/g, REGION);
      assets.set(`${bucket}/${objectKey}`, join(directory, source.path));
    }
  }
}

function readJson<T>(path: string): T {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new AssemblyError([`The assembly cannot be read at ${path}: ${why}`]);
  }
}
