import { publishSite } from '@gantry/core/site/publish.ts';
import { customResource } from '@gantry/runtime/custom-resource.ts';

/** The dashboard's files lie at the root of the package that this program is in. */
const SITE = new URL('../../site/', import.meta.url);

export const handler = customResource({
  id: 'gantry-site',
  async apply() {
    await publishSite(SITE);
    return {};
  },
  // The bucket goes with its stack.
  remove: async () => undefined,
});
