import { formatDotenv, isPortable } from '@gantry/contract/dotenv.ts';
import type { StagedChange, Variable } from '@gantry/contract/schemas/variables.ts';
import { verb } from '../declare.ts';
import { columns } from '../output.ts';
import { openSession } from '../session.ts';
import { peopleOf } from '../team/people.ts';
import { setFlags, setOf } from './set.ts';
import { diffText, valueText } from './text.ts';

const list = verb({
  summary: 'The applied variables, and the staged changes',
  details:
    'References are shown as written; `gantry run -- env` shows the values for the app. Nobody can read sealed values.',
  flags: setFlags,
  examples: ['variables list', 'variables list --environment staging --json', 'variables list --shared environment'],
  async run(context) {
    const { client, ...session } = await openSession(context);
    const { call } = await setOf(context, { client, ...session }, context.flags);
    const [set, { changes }] = await Promise.all([client('variables.get', call), client('variables.staged', call)]);
    const text = columns(rowsOf(set.variables, changes), ['NAME', 'VALUE', 'SCOPE', 'STAGED']);
    context.out.result({ ...set, staged: changes }, text);
    if (text === '') context.out.note('There is none yet. Set one with `gantry variables set NAME=value`.');
  },
});

function rowsOf(variables: readonly Variable[], changes: readonly StagedChange[]): string[][] {
  const staged = new Map(changes.map((change) => [change.name, change.after === null ? 'removed' : 'changed']));
  const rows = variables.map((variable) => {
    const { name, scope } = variable;
    return [name, valueText(variable), scope, staged.get(name) ?? ''];
  });
  const made = changes.flatMap(({ name, before, after }) =>
    before === null && after !== null ? [[name, '', after.scope, 'new']] : [],
  );
  return [...rows, ...made];
}

const diff = verb({
  summary: 'The staged changes, beside the applied values',
  flags: setFlags,
  examples: ['variables diff', 'variables diff --shared project'],
  async run(context) {
    const session = await openSession(context);
    const { call } = await setOf(context, session, context.flags);
    const staged = await session.client('variables.staged', call);
    context.out.result(staged, diffText(staged.changes));
    if (staged.changes.length === 0) context.out.note('Nothing is staged.');
  },
});

const exported = verb({
  summary: 'Print the variables as .env text',
  details:
    'Prints the applied variables, with references as written. `gantry variables import`, bash, `node --env-file` and python-dotenv read the same values. Sealed ones are left out and listed.',
  flags: setFlags,
  examples: ['variables export > .env', 'variables export --environment staging'],
  async run(context) {
    const { out, flags } = context;
    const session = await openSession(context);
    const { call } = await setOf(context, session, flags);
    const { variables } = await session.client('variables.get', call);
    const plain = variables.flatMap(({ name, value }) => (value === null ? [] : [[name, value] as const]));
    const sealed = variables.filter((variable) => variable.sealed).map(({ name }) => name);
    if (sealed.length > 0) out.note(`Left out, as they are sealed: ${sealed.join(', ')}.`);
    const ours = plain.filter(([, value]) => !isPortable(value)).map(([name]) => name);
    if (ours.length > 0)
      out.note(
        `Other programs may read ${ours.join(', ')} differently: .env files know no common way to write the value.`,
      );
    out.file(Object.fromEntries(plain), formatDotenv(plain).trimEnd());
  },
});

const history = verb({
  summary: 'Who changed which names within the last year, newest first; never values',
  flags: { ...setFlags, limit: { summary: 'how many at most, up to 100; default 10', value: 'number' } },
  examples: ['variables history', 'variables history --limit 100 --json'],
  async run(context) {
    const { out, flags } = context;
    const { client, ...session } = await openSession(context);
    const { call, project } = await setOf(context, { client, ...session }, flags);
    const query = { ...call.query, limit: flags.limit ?? '10' };
    const { items } = await client('variables.history', { ...call, query });
    const who = await peopleOf(client, project.team.id);
    const rows = items.map(({ set, unset, by, at }) => [
      at.slice(0, 19).replace('T', ' '),
      who(by),
      [...set.map((name) => `set ${name}`), ...unset.map((name) => `removed ${name}`)].join(', '),
    ]);
    out.result(items, columns(rows, ['WHEN', 'WHO', 'WHAT']));
  },
});

export const reading = { list, diff, history, export: exported };
