import { applyPlatform, PlatformSettings, removeGateway } from '@gantry/cluster/platform.ts';
import { customResource } from '@gantry/runtime/custom-resource.ts';

export const handler = customResource({
  id: 'gantry-platform',
  async apply(properties, deadline) {
    const settings = PlatformSettings.parse(properties);
    return { LoadBalancer: await applyPlatform(settings, process.env.AWS_REGION ?? '', deadline) };
  },
  remove: (_, deadline) => removeGateway(deadline),
});
