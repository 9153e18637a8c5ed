import type { ReleaseSpec } from './objects.ts';

type Outcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly detail: string; readonly lines: readonly string[] };
export async function startReleaseCommand(spec: ReleaseSpec): Promise<void> {
  throw new Error(`to be merged: ${spec.releaseId}`);
}
export async function watchReleaseCommand(spec: ReleaseSpec, remainingMs: number): Promise<Outcome> {
  throw new Error(`to be merged: ${spec.releaseId} ${remainingMs}`);
}
