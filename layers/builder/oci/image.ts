import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { BuildPlan } from '../plan.ts';
import type { Layer } from './layer.ts';

export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
/** The architecture of this machine's processor, as OCI names it. */
export const ARCHITECTURE = ARCHITECTURES[process.arch] ?? process.arch;

/** A manifest or config, as it is pushed. */
interface Document {
  readonly bytes: Buffer;
  readonly digest: string;
}

export interface Image {
  readonly manifest: Document;
  readonly config: Document;
  readonly layers: readonly Layer[];
}

/**
 * An OCI image of the app's layers alone, without a base, for this machine's architecture. It runs on nodes that
 * provide the runtime, and a label says so. It holds no time and no name, so the same layers and plan give the same
 * digest. Source: OCI image specification 1.1, `config.md` and `manifest.md`.
 */
export function composeImage(layers: readonly Layer[], plan: BuildPlan): Image {
  const config = document({
    created: '1970-01-01T00:00:00Z',
    architecture: ARCHITECTURE,
    os: 'linux',
    config: {
      User: '1000',
      WorkingDir: posix.join('/app', plan.folder),
      Env: Object.entries(plan.env).map(([name, value]) => `${name}=${value}`),
      Cmd: plan.command,
      Labels: { ...imageLabels(plan), 'dev.gantry.base': 'none' },
    },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
    history: layers.map(() => ({ created: '1970-01-01T00:00:00Z', created_by: 'gantry builder' })),
  });
  const manifest = document({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: { mediaType: CONFIG_TYPE, digest: config.digest, size: config.bytes.length },
    layers: layers.map((layer) => ({ mediaType: LAYER_TYPE, digest: layer.digest, size: layer.size })),
  });
  return { manifest, config, layers };
}

/** The labels of every image, from each engine. */
export function imageLabels(plan: BuildPlan): Record<string, string> {
  return { 'dev.gantry.provider': plan.provider, 'dev.gantry.plan': JSON.stringify(plan) };
}

function document(value: unknown): Document {
  const bytes = Buffer.from(JSON.stringify(value));
  return { bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
}
