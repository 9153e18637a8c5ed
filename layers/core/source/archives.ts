import { environment } from '@gantry/cloud/environment.ts';

interface ArchiveOf {
  readonly teamId: string;
  readonly serviceId: string;
  /** The upload's, or the deployment's that fetched it. */
  readonly id: string;
}

/** Where an archive of source stands in the bucket of uploads. */
export function archiveKey({ teamId, serviceId, id }: ArchiveOf): string {
  return `uploads/${teamId}/${serviceId}/${id}.tar.gz`;
}

/** Where a build finds an archive: `s3://<bucket>/<key>`. */
export function archiveUri(archive: ArchiveOf): string {
  return `s3://${environment('UPLOADS_BUCKET')}/${archiveKey(archive)}`;
}
