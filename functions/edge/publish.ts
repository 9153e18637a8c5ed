import { publishSite } from '@gantry/core/site/publish.ts';
import { customResource } from '@gantry/runtime/custom-resource.ts';

/** The dashboard's files are at the root of this program's package. */
const SITE = new URL('../../site/', import.meta.url);

export const handler = customResource({
  id: 'gantry-site',
  async apply() {
    await publishSite(SITE);
    return {};
  },
  // The bucket is deleted with its stack.
  remove: async () => undefined,
});
