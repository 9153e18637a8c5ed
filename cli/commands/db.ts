import { databaseEngines, databaseSizes } from '@gantry/contract/enums.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Database, DatabaseDetails } from '@gantry/contract/schemas/databases.ts';
import { yesFlag } from '../confirm.ts';
import { openShell } from '../database-shell.ts';
import {
  awaitDrill,
  awaitReady,
  awaitSettled,
  databaseArgument as database,
  databaseOf,
  databasesOf,
  type EnvironmentPath,
  environmentFlags,
  environmentPathOf,
} from '../databases.ts';
import { type Group, verb } from '../declare.ts';
import { wholeNumber } from '../numbers.ts';
import { columns } from '../output.ts';
import { servicesOf } from '../target.ts';
import { backupVerbs } from './db-backups.ts';

const create = verb({
  summary: 'Create a database in an environment',
  details: 'It is ready some minutes later, on one machine after some seconds.',
  args: { engine: { summary: `the engine: ${databaseEngines.join(', ')}` } },
  flags: {
    ...environmentFlags,
    name: { summary: 'the name by which variables refer to it; the engine', value: 'name', field: 'body.slug' },
    engineVersion: { summary: 'the major version; default the newest', value: 'version', field: 'body.engineVersion' },
    size: { summary: 'how much memory and processor time it may use', value: 'size', choices: databaseSizes },
    detach: { summary: 'end before it is ready', short: 'd' },
  },
  examples: ['db create postgres', 'db create postgres --name orders --size small --environment staging'],
  async run(context) {
    const { args, flags, out } = context;
    const engine = databaseEngines.find((each) => each === args.engine);
    if (engine === undefined)
      throw new GantryError('Invalid', `There is no engine ${args.engine}. There are: ${databaseEngines.join(', ')}.`);
    const at = await environmentPathOf(context, flags);
    const body = {
      slug: flags.name ?? engine,
      engine,
      ...(flags.engineVersion !== undefined && { engineVersion: flags.engineVersion }),
      ...(flags.size !== undefined && { size: flags.size }),
    };
    const created = await at.session.client('databases.create', { params: at.params, body });
    const params = { ...at.params, databaseId: created.id };
    const end = flags.detach ? created : await awaitReady(context, at.session, params, created.slug);
    const use = `Give it to a service: gantry variables set 'DATABASE_URL=\${{${end.slug}.DATABASE_URL}}'`;
    out.result(end, flags.detach ? `Database ${end.slug} is being created.` : `Database ${end.slug} is ready.\n${use}`);
  },
});

const list = verb({
  summary: "An environment's databases",
  flags: environmentFlags,
  examples: ['db list', 'db list --environment staging --json'],
  async run(context) {
    const databases = await databasesOf(await environmentPathOf(context, context.flags));
    const rows = databases.map(({ slug, engine, engineVersion, size, status, id }) => [
      slug,
      `${engine} ${engineVersion}`,
      size,
      status,
      id,
    ]);
    context.out.result(databases, columns(rows, ['DATABASE', 'ENGINE', 'SIZE', 'STATUS', 'ID']));
  },
});

const info = verb({
  summary: 'A database, and who uses it',
  args: database,
  flags: environmentFlags,
  examples: ['db info postgres', 'db info postgres --json'],
  async run(context) {
    const at = await environmentPathOf(context, context.flags);
    const { params } = await databaseOf(at, context.args.database);
    const details = await at.session.client('databases.get', { params });
    context.out.result(details, await describe(at, details));
  },
});

function servicesIn({ session, params }: EnvironmentPath) {
  return servicesOf(session.client, {
    team: { id: params.teamId, slug: '' },
    project: { id: params.projectId, slug: '' },
  });
}

async function describe(at: EnvironmentPath, details: DatabaseDetails): Promise<string> {
  const services = await servicesIn(at);
  const slugOf = (id: string | null) => services.find((service) => service.id === id)?.slug ?? 'shared';
  const { endpoint, restorable, backupDays, origin } = details;
  return columns([
    ['Database', details.slug],
    ['Engine', `${details.engine} ${details.engineVersion}`],
    ['Size', details.size],
    ['Status', details.step === null ? details.status : `${details.status} (${details.step})`],
    ...(details.reason === null ? [] : [['Reason', details.reason]]),
    ...(endpoint === null ? [] : [['Address', `${endpoint.host}:${endpoint.port}/${endpoint.database}`]]),
    ...(origin === null ? [] : [['Made from', originText(origin)]]),
    ['Restorable', restorable === null ? 'not yet' : `${restorable.earliest} to ${restorable.latest}`],
    ['Kept', `${backupDays} days`],
    ['Drills', details.drillDays === null ? 'never' : `every ${details.drillDays} days`],
    ...(details.drill === null ? [] : [['Last drill', drillText(details.drill)]]),
    ['Variables', details.variables.map((name) => `\${{${details.slug}.${name}}}`).join(' ')],
    ...(details.rollbacks.length === 0 ? [] : [['Rollbacks', `of ${details.rollbacks.map(slugOf).join(', ')}`]]),
    ['Used by', details.usedBy.map(({ serviceId, names }) => `${slugOf(serviceId)} (${names.join(', ')})`).join(' ')],
  ]);
}

function drillText({ at, seconds, tables, reason }: NonNullable<Database['drill']>): string {
  return reason === null ? `${at}, restored in ${seconds} s with ${tables} tables` : `${at}, failed: ${reason}`;
}

function originText({ kind, databaseId, backupId, at }: NonNullable<Database['origin']>): string {
  if (kind === 'backup') return `backup ${backupId} of ${databaseId}`;
  return kind === 'clone' ? `${databaseId}, a clone` : `${databaseId} at ${at}`;
}

const scale = verb({
  summary: 'Change how much a database may use, or for how long it can be restored',
  args: database,
  flags: {
    ...environmentFlags,
    size: { summary: 'how much memory and processor time it may use', value: 'size', choices: databaseSizes },
    backupDays: {
      summary: 'for how many days it can be restored to a moment, 1 to 35',
      value: 'days',
      field: 'body.backupDays',
    },
    drillDays: {
      summary: 'every how many days a restore is tried, 1 to 35; none for never',
      value: 'days',
      field: 'body.drillDays',
    },
    detach: { summary: 'end before it is so', short: 'd' },
  },
  examples: [
    'db scale postgres --size medium',
    'db scale postgres --backup-days 14',
    'db scale postgres --drill-days 7',
  ],
  async run(context) {
    const { args, flags, out } = context;
    const at = await environmentPathOf(context, flags);
    const { params } = await databaseOf(at, args.database);
    const body = {
      ...(flags.size !== undefined && { size: flags.size }),
      ...(flags.backupDays !== undefined && { backupDays: Number(flags.backupDays) }),
      ...(flags.drillDays !== undefined && {
        drillDays: flags.drillDays === 'none' ? null : wholeNumber('--drill-days', flags.drillDays),
      }),
    };
    if (Object.keys(body).length === 0)
      throw new GantryError('Invalid', 'Say what to change: --size, --backup-days or --drill-days.');
    const asked = await at.session.client('databases.update', { params, body });
    if (flags.detach) {
      out.result(asked, `Database ${asked.slug} is being changed.`);
      return;
    }
    const changed = await awaitSettled(context, at.session, params, asked.slug);
    out.result(
      changed,
      `${changed.slug} is of size ${changed.size}, and can be restored for ${changed.backupDays} days.`,
    );
  },
});

const rotate = verb({
  summary: 'Give apps another user with a new password',
  details:
    'What uses the database is deployed with it. The user before stays valid until the next rotation, so that no query fails: rotate twice to shut out who knows a password.',
  args: database,
  flags: { ...environmentFlags, detach: { summary: 'end before it is so', short: 'd' } },
  examples: ['db rotate postgres'],
  async run(context) {
    const { args, flags, out } = context;
    const at = await environmentPathOf(context, flags);
    const { params } = await databaseOf(at, args.database);
    const asked = await at.session.client('databases.rotate', { params });
    if (flags.detach) {
      out.result(asked, `${asked.slug} gets another user.`);
      return;
    }
    const rotated = await awaitSettled(context, at.session, params, asked.slug);
    out.result(
      rotated,
      `Apps have user ${rotated.endpoint?.user} now. What uses ${rotated.slug} is being deployed with it.`,
    );
  },
});

const url = verb({
  summary: 'The address of a database, without its password, and the reference to it',
  args: database,
  flags: environmentFlags,
  examples: ['db url postgres'],
  async run(context) {
    const { found } = await databaseOf(await environmentPathOf(context, context.flags), context.args.database);
    const address = addressOf(found);
    const reference = `\${{${found.slug}.DATABASE_URL}}`;
    context.out.note(`An app gets it with its password by the reference ${reference}.`);
    context.out.result({ url: address, reference }, address);
  },
});

function addressOf({ slug, engine, status, endpoint }: Database): string {
  if (endpoint === null) throw new GantryError('Conflict', `Database ${slug} has no address: it is ${status}.`);
  return `${engine}://${endpoint.user}@${endpoint.host}:${endpoint.port}/${endpoint.database}?sslmode=require`;
}

const connect = verb({
  summary: 'Open psql with credentials of your own, good for an hour',
  details:
    'Your computer must reach the address of the database: on one machine it does. On AWS, run the command on a computer that reaches it, or use `gantry exec` in a service.\n' +
    'Write `--` before arguments of psql.',
  args: { ...database, arguments: { summary: 'arguments for psql', optional: true, many: true } },
  flags: environmentFlags,
  examples: ['db connect postgres', 'db connect postgres -- -c "select now()"'],
  async run(context) {
    const { args, flags, out } = context;
    const at = await environmentPathOf(context, flags);
    const { params } = await databaseOf(at, args.database);
    const session = await at.session.client('databases.connect', { params });
    if (out.json) {
      out.result(session, '');
      return;
    }
    process.exitCode = await openShell(context, session, args.arguments ?? []);
  },
});

const remove = verb({
  summary: 'Delete a database that no variable refers to',
  details: "A last backup stays. The database's record and the audit log name it.",
  args: database,
  flags: { ...environmentFlags, ...yesFlag },
  examples: ['db delete postgres', 'db delete postgres --yes postgres'],
  async run(context) {
    const { args, flags, out, prompts } = context;
    const at = await environmentPathOf(context, flags);
    const { found, params } = await databaseOf(at, args.database);
    const { rollbacks } = await at.session.client('databases.get', { params });
    const slugs = rollbacks.length === 0 ? [] : (await servicesIn(at)).filter(({ id }) => rollbacks.includes(id));
    const lost = slugs.map(({ slug }) => ` ${slug} cannot be rolled back to its previous release then.`).join('');
    const warning = `This deletes database ${found.slug} of ${at.environment.slug} with all that it holds, after a last backup.${lost}`;
    await prompts.confirm(warning, found.slug, flags.yes);
    const deleted = await at.session.client('databases.delete', { params, query: { confirm: found.slug } });
    out.result(deleted, `Database ${deleted.slug} is being deleted.`);
  },
});

const drill = verb({
  summary: 'Try a restore: restore the newest moment, look into it, and remove the copy',
  args: database,
  flags: { ...environmentFlags, detach: { summary: 'end before it is so', short: 'd' } },
  examples: ['db drill postgres'],
  async run(context) {
    const { args, flags, out } = context;
    const at = await environmentPathOf(context, flags);
    const { found, params } = await databaseOf(at, args.database);
    const copy = await at.session.client('databases.drill', { params });
    if (flags.detach) {
      out.result(copy, `The restore of ${found.slug} is tried: gantry db info ${found.slug}.`);
      return;
    }
    const result = await awaitDrill(context, at.session, params, found);
    out.result(result, `${found.slug}: ${drillText(result)}.`);
  },
});

export const command: Group = {
  verbs: { create, list, info, url, connect, scale, rotate, drill, ...backupVerbs, delete: remove },
};
