import { applyPlatform, PlatformSettings, removeGateway } from '@gantry/cluster/platform.ts';
import { customResource } from '@gantry/runtime/custom-resource.ts';

export const handler = customResource({
  id: 'gantry-platform',
  apply: (properties, deadline) =>
    applyPlatform(PlatformSettings.parse(properties), process.env.AWS_REGION ?? '', deadline),
  remove: (_, deadline) => removeGateway(deadline),
});
