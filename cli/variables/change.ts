import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { parseDotenv } from '@gantry/contract/dotenv.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import { variableLimits } from '@gantry/contract/quotas.ts';
import { isReserved, type NewValue, variableScopes } from '@gantry/contract/schemas/variables.ts';
import { type Flags, verb } from '../declare.ts';
import { followFlags } from '../deployment-view.ts';
import { readText } from '../input.ts';
import { openSession } from '../session.ts';
import { newlines, readAssignments } from './assignments.ts';
import { setFlags, setOf } from './set.ts';
import { makeChange } from './stage.ts';

const changeFlags = {
  ...setFlags,
  stage: { summary: 'only stage the change, for `gantry variables apply`' },
  ...followFlags,
} as const satisfies Flags;

const valueFlags = {
  sealed: { summary: 'write-only: nobody can read the value again' },
  scope: {
    summary: 'who gets it: the app, its build, or both; default run',
    value: 'scope',
    choices: variableScopes,
  },
} as const satisfies Flags;

/** The largest .env text: the limit of a set, with quotes, escapes and comments. */
const MAX_DOTENV = 4 * variableLimits.bytesOfSet;

const set = verb({
  summary: 'Set variables, and deploy the service with them',
  details:
    "The value `-` is read from stdin, or asked for at a terminal, and so stays out of your shell's history. NAME alone keeps the value\n" +
    'and changes --sealed or --scope. Variables set together cause one deployment.',
  args: { assignment: { summary: 'NAME=value, NAME=- or NAME', many: true } },
  flags: {
    ...changeFlags,
    ...valueFlags,
    newline: {
      summary: 'the last line end of a value from stdin; by default kept if the value has several lines',
      value: 'how',
      choices: newlines,
    },
  },
  examples: [
    'variables set LOG_LEVEL=debug GREETING="Good day"',
    'variables set API_KEY=- --sealed < key.txt',
    'variables set TLS_KEY=- --sealed < tls.pem',
    'variables set REGION=eu --shared environment',
    `variables set 'DATABASE_URL=postgres://\${{shared.DATABASE_HOST}}/shop' --stage`,
  ],
  async run(context) {
    const { args, flags, out } = context;
    const assignments = await readAssignments(context, args.assignment, flags.newline);
    const values = assignments.map(({ name, value }) => [name, given(value, flags)] as const);
    const bare = assignments.find(({ value }) => value === undefined);
    if (bare !== undefined && flags.sealed === undefined && flags.scope === undefined)
      throw new GantryError(
        'Invalid',
        `${bare.name} has no value: write ${bare.name}=value, or ${bare.name}=- for stdin.`,
      );
    const typed = assignments.filter(({ how }) => how === 'typed').map(({ name }) => name);
    if (flags.sealed && typed.length > 0)
      out.note(
        `The value of ${typed.join(', ')} is in the history of your shell now. Give a sealed one by stdin: \`gantry variables set ${typed[0]}=- --sealed\`.`,
      );
    const session = await openSession(context);
    await makeChange(context, session, await setOf(context, session, flags), flags, {
      set: Object.fromEntries(values),
    });
  },
});

const unset = verb({
  summary: 'Remove variables, and deploy the service without them',
  args: { name: { summary: 'its name', many: true } },
  flags: changeFlags,
  examples: ['variables unset OLD_NAME', 'variables unset OLD_NAME OTHER --stage'],
  async run(context) {
    const { args, flags } = context;
    const session = await openSession(context);
    const chosen = await setOf(context, session, flags);
    const { variables } = await session.client('variables.get', chosen.call);
    const { changes } = await session.client('variables.staged', chosen.call);
    const there = new Set([...variables, ...changes].map(({ name }) => name));
    const absent = args.name.filter((name) => !there.has(name));
    if (absent.length > 0)
      throw new GantryError('NotFound', `There is no ${absent.join(', ')} here: see \`gantry variables list\`.`);
    await makeChange(context, session, chosen, flags, { unset: [...args.name] });
  },
});

const imported = verb({
  summary: 'Set all variables of a .env file, and deploy the service with them',
  details: 'Other variables stay. Names that the platform sets itself are left out and listed.',
  args: { file: { summary: 'the .env file; default stdin', optional: true } },
  flags: { ...changeFlags, ...valueFlags },
  examples: ['variables import .env', 'variables import secrets.env --sealed', 'variables import --stage < .env'],
  async run(context) {
    const { args, flags, folder, out, prompts } = context;
    if (args.file === undefined && prompts.possible)
      throw new GantryError('Invalid', 'Name the file, such as `gantry variables import .env`, or give it by stdin.');
    const name = args.file ?? 'stdin';
    const stream = args.file === undefined ? process.stdin : createReadStream(resolve(folder, args.file));
    const all = [...parsed(await readText(stream, MAX_DOTENV, name, 'Import it in parts.'), name)];
    const reserved = all.map(([one]) => one).filter(isReserved);
    if (reserved.length > 0) out.note(`Left out ${reserved.join(', ')}: the platform sets it.`);
    const values = all.filter(([one]) => !isReserved(one)).map(([one, value]) => [one, given(value, flags)] as const);
    if (values.length === 0) throw new GantryError('Invalid', `${name} holds no variable.`);
    const session = await openSession(context);
    await makeChange(context, session, await setOf(context, session, flags), flags, {
      set: Object.fromEntries(values),
    });
  },
});

function parsed(text: string, name: string): Map<string, string> {
  try {
    return parseDotenv(text);
  } catch (error) {
    throw error instanceof GantryError ? new GantryError(error.kind, `${name}: ${error.message}`) : error;
  }
}

function given(value: string | undefined, { sealed, scope }: Pick<NewValue, 'sealed' | 'scope'>): NewValue {
  return {
    ...(value !== undefined && { value }),
    ...(sealed !== undefined && { sealed }),
    ...(scope !== undefined && { scope }),
  };
}

export const changing = { set, unset, import: imported };
