import { deleteImages, type Image, listImages } from '@gantry/cloud/ecr.ts';
import { eachLimited } from '../../kernel/limited.ts';
import { ReleaseEntity, type ReleaseRecord } from '../../records/deployments.ts';
import { type InstanceRecord, listInstances } from '../../records/instances.ts';
import { eraseReleaseVariables } from '../../variables/release.ts';
import { repositoriesOf } from '../builds/names.ts';

/** How many once-live releases a service keeps per environment for rollbacks. */
export const KEPT = 10;
/** A younger image may belong to a build whose deployment has not recorded it yet. */
const SETTLED_MS = 24 * 3600 * 1000;
const CONCURRENCY = 10;

/** Forgets the releases of a service that no rollback can reach, and deletes images without a release. */
export async function retireReleases({ teamId, serviceId }: { teamId: string; serviceId: string }): Promise<void> {
  const { data: releases } = await ReleaseEntity.query
    .byService({ serviceId })
    .where((attributes, { eq }) => eq(attributes.teamId, teamId))
    .go({ pages: 'all' });
  const kept = keptReleases(releases, await listInstances(teamId, serviceId));
  const retired = releases.filter((release) => !kept.has(release));
  await eachLimited(retired, CONCURRENCY, async ({ id }) => {
    await eraseReleaseVariables(teamId, id);
    await ReleaseEntity.delete({ teamId, id }).go();
  });
  const { images } = repositoriesOf(serviceId);
  await deleteImages(images, unusedImages(await listImages(images), [...kept], Date.now()));
}

/**
 * The releases to keep in each environment: the live one, the one before, the ten newest once-live ones, and all newer than the live one. Those are
 * in flight, or failed and can be redriven.
 */
export function keptReleases(
  releases: readonly ReleaseRecord[],
  instances: readonly InstanceRecord[],
): ReadonlySet<ReleaseRecord> {
  return new Set(
    instances.flatMap(({ environmentId, liveReleaseId, previousReleaseId }) => {
      const here = releases.filter((release) => release.environmentId === environmentId);
      const live = here.find(({ id }) => id === liveReleaseId);
      const wereLive = here.filter(({ liveAt }) => liveAt !== undefined).sort((a, b) => (a.id < b.id ? 1 : -1));
      const newer = here.filter(({ createdAt }) => live === undefined || createdAt > live.createdAt);
      return [
        ...wereLive.slice(0, KEPT),
        ...newer,
        ...here.filter(({ id }) => id === liveReleaseId || id === previousReleaseId),
      ];
    }),
  );
}

/** The digests of images that are at least a day old and that no release runs. `now` is in milliseconds since 1970. */
export function unusedImages(images: readonly Image[], releases: readonly ReleaseRecord[], now: number): string[] {
  const used = new Set(releases.map(({ image }) => image.slice(image.indexOf('@') + 1)));
  return images
    .filter(({ digest, pushedAt }) => !used.has(digest) && now - pushedAt > SETTLED_MS)
    .map(({ digest }) => digest);
}
