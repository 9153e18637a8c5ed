import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_MAPS } from '../kinds/core.ts';
import type { Container, Pod } from '../model.ts';
import type { Objects } from '../registry/objects.ts';
import { ConfigError } from './config-error.ts';

/** The folders of this machine that stand for mounts, by the mounts' paths. */
export type Mounts = ReadonlyMap<string, string>;

/** The volumes of a pod by name, each with the name of its ConfigMap; undefined for any other kind. */
function configMapsOf({ spec }: Pod): ReadonlyMap<string, string | undefined> {
  const nameOf = ({ configMap }: { readonly name: string; readonly configMap?: unknown }) =>
    (configMap as { readonly name?: string } | undefined)?.name;
  return new Map((spec.volumes ?? []).map((volume) => [volume.name, nameOf(volume)]));
}

/** Whether all mounts of a pod are of ConfigMaps: a process can have those. */
export function canMount(pod: Pod): boolean {
  const maps = configMapsOf(pod);
  return pod.spec.containers.every(({ volumeMounts = [] }) =>
    volumeMounts.every(({ name }) => maps.get(name) !== undefined),
  );
}

/** Writes the mounted ConfigMaps of a container below `folder`. A process sees no mount: its variables name these folders. Throws a `ConfigError` for a missing map. */
export function placeMounts(objects: Objects, pod: Pod, { volumeMounts = [] }: Container, folder: string): Mounts {
  const maps = configMapsOf(pod);
  return new Map(
    volumeMounts.map(({ name, mountPath }) => {
      const map = objects.get(CONFIG_MAPS, pod.metadata.namespace, maps.get(name) ?? '');
      if (map === undefined) throw new ConfigError(`configmap "${maps.get(name)}" not found`);
      const place = join(folder, name);
      mkdirSync(place, { recursive: true, mode: 0o700 });
      for (const [key, text] of Object.entries(map.data ?? {})) writeFileSync(join(place, key), text);
      return [mountPath, place];
    }),
  );
}

/** A variable's value with the folders of this machine in the places of the paths below mounts. */
export function onThisMachine(value: string, mounts: Mounts): string {
  return [...mounts].reduce((text, [path, place]) => text.replaceAll(`${path}/`, `${place}/`), value);
}
