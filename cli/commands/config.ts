import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Service } from '@gantry/contract/schemas/services.ts';
import { type Group, verb } from '../declare.ts';
import { codeOf } from '../files.ts';
import { findLink } from '../link.ts';
import { columns } from '../output.ts';
import { settingsOf } from '../service-settings.ts';
import { openSession } from '../session.ts';
import { serviceFlags, serviceOf } from '../target.ts';

const show = verb({
  summary: 'The effective settings, and where each is from',
  details:
    'A setting of the service wins over the Procfile, which wins over gantry.json. The build detects settings that none of them has. Change one with\n' +
    '`gantry service update`, and reset it there with the value `default`.',
  flags: serviceFlags,
  examples: ['config show', 'config show --service worker --json'],
  async run(context) {
    const { flags, folder, out } = context;
    const session = await openSession(context);
    const { team, project, service } = await serviceOf(context, session, flags);
    const params = { teamId: team.id, projectId: project.id, serviceId: service.id };
    const found = await session.client('services.get', { params });
    const link = await findLink(folder);
    const isHere = link?.link.service.id === service.id && found.source.kind === 'upload';
    const files = isHere ? await settingsInFiles(join(dirname(link.path), found.rootFolder), found) : {};
    const settings = settingsOf(found).map((each) => {
      const inFile = files[each.setting];
      return each.from === 'default' && inFile !== undefined ? { ...each, ...inFile } : each;
    });
    const rows = settings.map(({ setting, value, from }) => [setting, value, from]);
    out.result(settings, columns(rows, ['SETTING', 'VALUE', 'FROM']));
  },
});

type InFiles = Record<string, { readonly value: string; readonly from: string } | undefined>;

/** The build and start settings in the files of the app's folder. */
async function settingsInFiles(folder: string, { slug, kind }: Service): Promise<InFiles> {
  const [config, procfile] = await Promise.all([textOf(join(folder, 'gantry.json')), textOf(join(folder, 'Procfile'))]);
  const { start, build, port, health, release, cron } = objectIn(config);
  const { schedule = cron, timezone = 'UTC' } = objectOf(cron);
  const { install, build: command } = objectOf(build);
  const lines = new Map(
    procfile.split(/\r?\n/).flatMap((line) => {
      const [, name = '', value = ''] = /^([\w-]+):\s*(\S.*?)\s*$/.exec(line) ?? [];
      return name === '' ? [] : [[name, value] as const];
    }),
  );
  const said = (value: unknown) => (typeof value === 'string' ? { value, from: 'gantry.json' } : undefined);
  const line = lines.get(slug) ?? lines.get(kind);
  const releaseLine = lines.get('release');
  return {
    Install: said(install),
    Build: said(command),
    Start: line === undefined ? said(start) : { value: line, from: 'Procfile' },
    'Release command': releaseLine === undefined ? said(release) : { value: releaseLine, from: 'Procfile' },
    Port: said(typeof port === 'number' ? String(port) : undefined),
    Health: said(health),
    Schedule: said(typeof schedule === 'string' ? `${schedule}, in ${timezone}` : undefined),
  };
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}

/** The object in a text; none for a text that is not JSON, which the build reports. */
function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return {};
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

export const command: Group = { verbs: { show } };
