import type { LoadedConfig } from '@gantry/builder/config.ts';
import type { OwnDockerfile } from '@gantry/builder/own-dockerfile.ts';
import { saidOfService } from '@gantry/builder/service-settings.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { verb } from '../declare.ts';
import { appAt, draftOf, placeOf, planFlags } from '../plan-folder.ts';
import { planTable } from '../plan-text.ts';

export const command = verb({
  details:
    'Reads the folder as a build would, without a server. Each part has its file and its rule, and the value that these overruled. The settings of the service are not included.',
  args: { dir: { summary: 'the folder of the source; default this one', optional: true } },
  flags: planFlags,
  examples: ['plan', 'plan . --root apps/web', 'plan --json'],
  async run(context) {
    const place = placeOf(context);
    const { out } = context;
    const app = await appAt(place);
    if (app.dockerfile !== undefined) {
      const decisions = dockerfileDecisions(app.dockerfile, app.loaded);
      const { path, ...more } = app.dockerfile;
      return out.result({ provider: 'dockerfile', source: path, ...more, decisions }, planTable(decisions));
    }
    const draft = await draftOf(place, app);
    out.result(draft.plan, planTable(draft.plan.decisions));
    for (const note of draft.plan.notes) out.note(`Note: ${note}.`);
    if (draft.missing !== undefined) throw new GantryError('Invalid', `${draft.missing}.`);
  },
});

/** The known facts about an app with its own Dockerfile, before the build. */
function dockerfileDecisions(file: OwnDockerfile, loaded: LoadedConfig) {
  const given = Object.entries(file.arguments).map(([name, value]) => `${name}=${value}`);
  const said = saidOfService(loaded);
  const [port] = file.ports;
  const open = file.ports.length === 1 && said.settings?.port === undefined ? port : undefined;
  return [
    { part: 'provider', value: 'dockerfile', source: file.path },
    ...(file.target === undefined
      ? []
      : [{ part: 'stage', value: file.target, source: loaded.place('build', 'target') }]),
    ...(given.length === 0
      ? []
      : [{ part: 'arguments', value: given.join(' '), source: loaded.place('build', 'arguments') }]),
    ...(open === undefined ? [] : [{ part: 'port', value: String(open), source: `${file.path} > EXPOSE` }]),
    ...said.decisions,
  ];
}
