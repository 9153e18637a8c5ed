import { eachLimited } from '../kernel/limited.ts';
import { UploadEntity } from '../records/source.ts';

const CONCURRENCY = 10;
const PAGE = 100;

/**
 * Deletes the records of a service's uploads; the bucket expires the archives by itself. Answers false when `deadline` (milliseconds since 1970)
 * passed first: call it again.
 */
export async function eraseUploads(teamId: string, serviceId: string, deadline: number): Promise<boolean> {
  for (;;) {
    const { data } = await UploadEntity.query.primary({ teamId, serviceId }).go({ limit: PAGE, consistent: true });
    await eachLimited(
      data,
      CONCURRENCY,
      async ({ id }) => void (await UploadEntity.delete({ teamId, serviceId, id }).go()),
    );
    if (data.length < PAGE) return true;
    if (Date.now() >= deadline) return false;
  }
}
