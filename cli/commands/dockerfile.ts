import { dockerfile } from '@gantry/builder/dockerfile.ts';
import { BuildPlan } from '@gantry/builder/plan.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { verb } from '../declare.ts';
import { appAt, draftOf, placeOf, planFlags } from '../plan-folder.ts';

export const command = verb({
  details:
    "Prints the Dockerfile that a build on AWS would use for the folder, without a server. A build adds the service's variables as secrets; here there are none.",
  args: { dir: { summary: 'the folder of the source; default this one', optional: true } },
  flags: planFlags,
  examples: ['dockerfile', 'dockerfile . --root apps/web > Dockerfile'],
  async run(context) {
    const place = placeOf(context);
    const app = await appAt(place);
    if (app.dockerfile !== undefined)
      throw new GantryError('Conflict', `This app is built from its own ${app.dockerfile.path}.`);
    const { plan, missing } = await draftOf(place, app);
    if (missing !== undefined) throw new GantryError('Invalid', `${missing}.`);
    const text = dockerfile(BuildPlan.parse(plan), []);
    context.out.file({ dockerfile: text }, text);
  },
});
