import { createHash } from 'node:crypto';
import type { Client } from '@gantry/client/client.ts';
import { followDeployment, type Target } from '@gantry/client/follow.ts';
import { openLive } from '@gantry/client/live.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { NewUpload } from '@gantry/contract/schemas/source.ts';

export type { Target };

/** Uploads an archive and queues its deployment. */
export async function upload(client: Client, target: Target, archive: Buffer): Promise<Deployment> {
  const uploadId = await putArchive(client, target, archive);
  return client('deployments.create', { params: target, body: { uploadId } });
}

/** Uploads an archive and answers the upload's id. */
export async function putArchive(client: Client, target: Target, archive: Buffer): Promise<string> {
  const params = without(target, 'environmentId');
  const { id, url, method, headers } = await client('uploads.create', { params, body: describeArchive(archive) });
  const put = await fetch(url, { method, headers, body: new Uint8Array(archive), signal: AbortSignal.timeout(60_000) });
  if (!put.ok) throw new GantryError('Unavailable', `The upload was refused with ${put.status}.`);
  return id;
}

/** The body of a request for an upload. */
export function describeArchive(archive: Buffer): NewUpload {
  return { bytes: archive.length, sha256: createHash('sha256').update(archive).digest('hex') };
}

/** Follows a deployment to its end over a live connection, and passes each newer state to `onChange`. */
export async function follow(
  client: Client,
  target: Target,
  deploymentId: string,
  onChange: (deployment: Deployment) => void = () => undefined,
  timeoutMs = 300_000,
): Promise<Deployment> {
  const live = await openLive(client);
  try {
    return await followDeployment({ live, client, target, deploymentId, onChange, timeoutMs });
  } finally {
    live.close();
  }
}

function without<T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> {
  const { [key]: _, ...rest } = value;
  return rest;
}
