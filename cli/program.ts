import { errorKinds, GantryError } from '@gantry/contract/errors.ts';
import { version } from '@gantry/contract/version.ts';
import { Command, CommanderError, Option, Argument as Positional } from 'commander';
import { catalogue } from './catalogue.ts';
import { declarations } from './declarations.ts';
import {
  type Argument,
  type Declaration,
  everywhere,
  type Flag,
  type Flags,
  flagName,
  type Surroundings,
  type Verb,
} from './declare.ts';
import { exitOf } from './errors.ts';
import { codeOf } from './files.ts';
import { createInterrupts } from './interrupts.ts';
import { createOutput, type Output } from './output.ts';
import { createPrompts } from './prompts.ts';
import { type Entry, verbs } from './verbs.ts';

/** The exit code of a shell for a program that SIGPIPE ended. */
const BROKEN_PIPE = 141;

/** Runs one command line in this process, and ends it with the exit code. */
export async function main(args: readonly string[]): Promise<never> {
  const out = createOutput(asksForJson(args));
  process.on('uncaughtException', (error) => void exitOf(error, out).then((code) => process.exit(code)));
  const code = await runCommand(args, {
    out,
    prompts: createPrompts(out),
    interrupts: createInterrupts(out),
    env: process.env,
    folder: process.cwd(),
  });
  process.exit(code ?? process.exitCode);
}

/** Whether a command line asks for JSON. Words after `--` are for another program. */
function asksForJson(args: readonly string[]): boolean {
  return args.slice(0, args.includes('--') ? args.indexOf('--') : undefined).includes('--json');
}

type Base = Omit<Surroundings, 'api' | 'commands'>;

/** Runs one command line, and returns its exit code; undefined leaves that to the verb: `gantry run` ends as its program did. */
export async function runCommand(args: readonly string[], base: Base): Promise<number | undefined> {
  const { out } = base;
  try {
    return await Promise.race([obey(args, base), out.refused]);
  } catch (error) {
    // The reader has left: the command ends silently.
    return codeOf(error) === 'EPIPE' ? BROKEN_PIPE : exitOf(error, out);
  }
}

async function obey(args: readonly string[], base: Base): Promise<number | undefined> {
  const { out } = base;
  let code: number | undefined;
  try {
    const program = await programFor(args, base);
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    code = error instanceof CommanderError ? await exitOfUsage(error, out) : await exitOf(error, out);
  }
  await out.flush();
  return code;
}

/** Help and the version end a command like a mistake does. */
async function exitOfUsage({ exitCode, code, message }: CommanderError, out: Output): Promise<number> {
  if (exitCode === 0) return 0;
  const mistake = new GantryError('Invalid', usageText(message));
  return code === 'commander.help' ? errorKinds.Invalid.exitCode : exitOf(mistake, out);
}

/** A mistake in a command line, with the right words. */
function usageText(message: string): string {
  const text = message.replace(/^error: /, '').replace(/'([^']*)'/g, '"$1"');
  const [, word = ''] = /^unknown command "([^"]*)"/.exec(text) ?? [];
  const instead = Object.hasOwn(INSTEAD, word) ? INSTEAD[word] : undefined;
  if (instead !== undefined) return `unknown command "${word}". ${instead}`;
  return /^unknown command/.test(text) && !text.includes('Did you mean') ? `${text}. See \`gantry --help\`.` : text;
}

const REMOVAL = 'To delete a service: `gantry service delete`. To delete a project: `gantry project delete`.';

/** Words that users of other platforms type. */
const INSTEAD: Readonly<Record<string, string>> = {
  destroy: REMOVAL,
  delete: REMOVAL,
  rm: REMOVAL,
  stop: 'An app runs until its service is deleted. To stop a deployment: `gantry cancel`.',
  start: 'To deploy a folder: `gantry up`. To restart what is live: `gantry restart`.',
  ls: 'To list services: `gantry service list`. To list deployments: `gantry deployments`.',
  set: 'To set a variable: `gantry variables set NAME=value`.',
};

/** The commands for commander: all by name, and the called one in full. */
async function programFor(args: readonly string[], base: Base): Promise<Command> {
  const program = new Command('gantry')
    .description('Deploy, watch and roll back apps on a Gantry that your team owns.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => undefined })
    .exitOverride();
  for (const option of optionsOf(everywhere)) program.addOption(option);
  program.addHelpText('after', `\nStart:\n${examplesText(['login', 'init', 'up'])}`);
  const words = args.filter((word, at) => !word.startsWith('-') && args[at - 1] !== flagName('api'));
  const called = words[0] === 'help' ? words[1] : words[0];
  for (const [name, { summary, aliases = [], load }] of Object.entries(verbs)) {
    const command = program.command(name).description(summary).aliases(aliases);
    if (called === undefined || (name !== called && !aliases.includes(called))) continue;
    const declared = Object.hasOwn(declarations, name) ? declarations[name] : (await load()).command;
    if (declared === undefined) throw new Error(`gantry ${name} is not declared`);
    if (!('verbs' in declared)) define(command, declared, base, () => verbOf(load));
    else {
      for (const [sub, verb] of Object.entries(declared.verbs))
        define(command.command(sub), verb, base, () => verbOf(load, sub));
    }
  }
  return program;
}

/** The verb itself, loaded when it runs. */
async function verbOf(load: Entry['load'], sub = ''): Promise<Verb> {
  const { command } = await load();
  const verb = 'run' in command ? command : command.verbs[sub];
  if (verb === undefined) throw new Error(`there is no verb ${sub}`);
  return verb;
}

function define(command: Command, verb: Declaration, base: Base, loaded: () => Promise<Verb>): void {
  if (verb.summary !== undefined) command.description(verb.summary);
  for (const [name, argument] of Object.entries(verb.args ?? {})) command.addArgument(positionalOf(name, argument));
  for (const option of optionsOf(verb.flags ?? {})) command.addOption(option);
  const details = verb.details === undefined ? '' : `\n${verb.details}\n`;
  command.addHelpText('after', `${details}\nExamples:\n${examplesText(verb.examples)}`);
  command.action(async () => {
    const names = Object.keys(verb.args ?? {});
    const { api, ...flags } = command.optsWithGlobals<{ api?: string } & Record<string, never>>();
    const args = Object.fromEntries(names.map((name, at) => [name, command.processedArgs[at]]));
    const { run } = await loaded();
    await run({ ...base, api, commands: catalogue, args, flags }).catch((error: unknown) => {
      throw aboutFlags(error, verb.flags ?? {});
    });
  });
}

/** An error about request fields, in terms of the flags that set them. */
function aboutFlags(error: unknown, flags: Flags): unknown {
  if (!(error instanceof GantryError)) return error;
  const told = error.fields.map(({ field, message }) => {
    const [key] =
      Object.entries(flags).find(([, flag]) => flag.field !== undefined && `${field}.`.startsWith(`${flag.field}.`)) ??
      [];
    return key === undefined ? undefined : `${flagName(key)} ${message}.`;
  });
  if (told.length === 0 || told.includes(undefined)) return error;
  return new GantryError(error.kind, told.join(' '), error.fields, { lines: error.lines });
}

function positionalOf(name: string, { summary, optional, many }: Argument): Positional {
  const text = many ? `${name}...` : name;
  return new Positional(optional ? `[${text}]` : `<${text}>`, summary);
}

function optionsOf(flags: Flags): Option[] {
  return Object.entries(flags).map(([key, flag]) => {
    const option = new Option(flagUsage(key, flag), flag.summary);
    return flag.choices === undefined ? option : option.choices(flag.choices);
  });
}

function flagUsage(key: string, { short, value, valueOptional, many }: Flag): string {
  const dots = many ? '...' : '';
  const placeholder = value === undefined ? '' : valueOptional ? ` [${value}]` : ` <${value}${dots}>`;
  return `${short === undefined ? '' : `-${short}, `}${flagName(key)}${placeholder}`;
}

function examplesText(examples: readonly string[]): string {
  return examples.map((example) => `  gantry ${example}`).join('\n');
}
