import { environment } from '@gantry/cloud/environment.ts';

interface ArchiveOf {
  readonly teamId: string;
  readonly serviceId: string;
  /** The id of the upload, or of the deployment that fetched the archive. */
  readonly id: string;
}

/** The place of a source archive in the bucket of uploads. */
export function archiveKey({ teamId, serviceId, id }: ArchiveOf): string {
  return `uploads/${teamId}/${serviceId}/${id}.tar.gz`;
}

/** The place as a build reads it: `s3://<bucket>/<key>`. */
export function archiveUri(archive: ArchiveOf): string {
  return `s3://${environment('UPLOADS_BUCKET')}/${archiveKey(archive)}`;
}
