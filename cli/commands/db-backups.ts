import { GantryError } from '@gantry/contract/errors.ts';
import type { DatabaseRestore } from '@gantry/contract/schemas/backups.ts';
import { yesFlag } from '../confirm.ts';
import {
  awaitBackup,
  awaitReady,
  databaseArgument as database,
  databaseOf,
  type EnvironmentPath,
  environmentFlags,
  environmentPathOf,
  instant,
} from '../databases.ts';
import { type Surroundings, verb } from '../declare.ts';
import { columns } from '../output.ts';
import { allPages } from '../pages.ts';

const backup = verb({
  summary: 'Make a backup of a database, which stays until it is deleted',
  args: database,
  flags: { ...environmentFlags, detach: { summary: 'end before it is ready', short: 'd' } },
  examples: ['db backup postgres'],
  async run(context) {
    const { args, flags, out } = context;
    const at = await environmentPathOf(context, flags);
    const { found, params } = await databaseOf(at, args.database);
    const asked = await at.session.client('backups.create', { params });
    if (flags.detach) {
      out.result(asked, `Backup ${asked.id} of ${found.slug} is being made.`);
      return;
    }
    const made = await awaitBackup(context, at.session, { ...at.params, backupId: asked.id });
    out.result(made, `Backup ${made.id} of ${found.slug} is ready.`);
  },
});

const backups = verb({
  summary: "The backups of an environment's databases, also of deleted databases",
  flags: environmentFlags,
  examples: ['db backups', 'db backups --json'],
  async run(context) {
    const { session, params } = await environmentPathOf(context, context.flags);
    const all = await allPages((query) => session.client('backups.list', { params, query }));
    const rows = all.map(({ slug, kind, status, gigabytes, createdAt, id }) => [
      ...[slug, kind, status, gigabytes === null ? '' : `${gigabytes} GB`, createdAt, id],
    ]);
    context.out.result(all, columns(rows, ['DATABASE', 'KIND', 'STATUS', 'SIZE', 'MADE', 'ID']));
  },
});

const naming = {
  ...environmentFlags,
  name: { summary: 'the name of the new database', value: 'name', field: 'body.slug' },
  detach: { summary: 'end before it is ready', short: 'd' },
} as const;

const restore = verb({
  summary: 'Make a new database from a backup, or from another as it was at a moment',
  details: 'The source database stays unchanged. The new one has its own credentials.',
  args: { database: { summary: 'with --at: the database to take, by its name or id', optional: true } },
  flags: {
    ...naming,
    backup: { summary: 'the id of a backup: gantry db backups', value: 'id', field: 'body.from.backupId' },
    at: { summary: 'the moment, such as 2026-11-30T08:00:00Z', value: 'time', field: 'body.from.at' },
  },
  examples: [
    'db restore --backup bkp_01J8Z3N5W4Q8R7T6Y5X4W3V2T1 --name restored',
    'db restore postgres --at 2026-11-30T08:00:00Z --name restored',
  ],
  async run(context) {
    const { args, flags } = context;
    const at = await environmentPathOf(context, flags);
    const { backup: backupId, at: moment } = flags;
    if ((backupId === undefined) === (moment === undefined))
      throw new GantryError(
        'Invalid',
        'Say what to restore: --backup with its id, or a database and --at with a time.',
      );
    if (backupId !== undefined) {
      await make(context, at, { kind: 'backup', backupId }, flags.name ?? 'restored', flags.detach);
      return;
    }
    if (args.database === undefined) throw new GantryError('Invalid', 'Say which database to restore.');
    const { found } = await databaseOf(at, args.database);
    const from = { kind: 'moment', databaseId: found.id, at: instant(moment ?? '') } as const;
    await make(context, at, from, flags.name ?? `${found.slug}-restored`, flags.detach);
  },
});

const clone = verb({
  summary: 'Make a new database with the data that another has now',
  details: 'What either writes from then on does not reach the other. The new one has credentials of its own.',
  args: database,
  flags: naming,
  examples: ['db clone postgres --name try-it'],
  async run(context) {
    const { args, flags } = context;
    const at = await environmentPathOf(context, flags);
    const { found } = await databaseOf(at, args.database);
    const name = flags.name ?? `${found.slug}-clone`;
    await make(context, at, { kind: 'clone', databaseId: found.id }, name, flags.detach);
  },
});

async function make(
  context: Surroundings,
  { session, params }: EnvironmentPath,
  from: DatabaseRestore['from'],
  slug: string,
  detach: true | undefined,
): Promise<void> {
  const { out } = context;
  const made = await session.client('databases.restore', { params, body: { slug, from } });
  if (detach) {
    out.result(made, `Database ${slug} is being made.`);
    return;
  }
  const end = await awaitReady(context, session, { ...params, databaseId: made.id }, slug);
  out.result(end, `Database ${slug} is ready: gantry db info ${slug}.`);
}

const deleteBackup = verb({
  summary: 'Permanently delete a backup',
  args: { backup: { summary: 'its id' } },
  flags: { ...environmentFlags, ...yesFlag },
  examples: ['db delete-backup bkp_01J8Z3N5W4Q8R7T6Y5X4W3V2T1'],
  async run(context) {
    const { args, flags, out, prompts } = context;
    const { session, params: above } = await environmentPathOf(context, flags);
    const params = { ...above, backupId: args.backup };
    const { slug, createdAt } = await session.client('backups.get', { params });
    const warning = `This permanently deletes the backup of ${slug} of ${createdAt}.`;
    await prompts.confirm(warning, slug, flags.yes);
    const deleted = await session.client('backups.delete', { params });
    out.result(deleted, `Backup ${deleted.id} is being deleted.`);
  },
});

export const backupVerbs = { backup, backups, restore, clone, 'delete-backup': deleteBackup };
