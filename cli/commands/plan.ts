import { dockerfileOf } from '@gantry/builder/choose-provider.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { verb } from '../declare.ts';
import { draftOf, placeOf, planFlags } from '../plan-folder.ts';
import { planTable } from '../plan-text.ts';

export const command = verb({
  details:
    'Looks at the files of the folder as a build would, and asks no server. Of each part it says which file and which rule it comes from, and what that overruled. The settings of the service are not part of it.',
  args: { dir: { summary: 'the folder of the source; where you stand by default', optional: true } },
  flags: planFlags,
  examples: ['plan', 'plan . --root apps/web', 'plan --json'],
  async run(context) {
    const place = placeOf(context);
    const { out } = context;
    const file = await place.explained(() => dockerfileOf(place.tree, place.environment));
    if (file !== undefined) return out.result({ provider: 'dockerfile', source: file }, `${file} builds this app.`);
    const draft = await draftOf(place);
    out.result(draft.plan, planTable(draft.plan.decisions));
    for (const note of draft.plan.notes) out.note(`Note: ${note}.`);
    if (draft.missing !== undefined) throw new GantryError('Invalid', `${draft.missing}.`);
  },
});
