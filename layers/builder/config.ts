import { readSchedule } from '@gantry/contract/cron.ts';
import { Schedule, TimeZone } from '@gantry/contract/schemas/services.ts';
import { WatchPath } from '@gantry/contract/schemas/source.ts';
import { parse as parseToml, TomlError } from 'smol-toml';
import * as z from 'zod';
import { BuildError, errorMessage } from './build-error.ts';
import { ProviderName } from './plan.ts';
import type { SourceTree } from './source-tree.ts';

const Command = z.string().trim().min(1).max(4096);
const Commands = z.union([Command, z.array(Command).max(20)]);
const Packages = z.array(z.string().regex(/^[a-z0-9][a-z0-9.+-]*$/, 'give a name of a Debian package')).max(100);

/** The same rules as in the API. Only the API gives these schemas an id. */
const WhenDue = Schedule.describe('Five fields such as "0 9 * * MON-FRI", or @daily and similar.');
const Zone = TimeZone.describe('The time zone of the schedule, such as Europe/Berlin; UTC by default.');

/** How many combinations of a matrix one build tests: each is a layer of its stage. */
const MAX_TESTS = 12;

/** All combinations of a matrix, in its own order. Without a matrix there is one empty combination. */
export function combinations(matrix: Readonly<Record<string, readonly string[]>> = {}): Record<string, string>[] {
  return Object.entries(matrix).reduce<Record<string, string>[]>(
    (all, [name, values]) =>
      all.slice(0, MAX_TESTS + 1).flatMap((each) => values.map((value) => ({ ...each, [name]: value }))),
    [{}],
  );
}

/** The fields that an app may set for all environments or for a single one. */
const settings = {
  build: z
    .strictObject({
      root: z
        .string()
        .min(1)
        .max(512)
        .describe('The folder that holds the app, below the folder of this file.')
        .optional(),
      dockerfile: z
        .string()
        .min(1)
        .max(512)
        .describe('The Dockerfile that builds the app, below its folder; "Dockerfile" is found by itself.')
        .optional(),
      target: z
        .string()
        .regex(/^[\w.-]+$/, 'give the name of a stage')
        .describe('The stage of the Dockerfile that becomes the image; the last one where it is left out.')
        .optional(),
      arguments: z
        .record(z.string().regex(/^[A-Za-z_]\w*$/, 'name an ARG of the Dockerfile'), z.string().max(4096))
        .describe('Build arguments of the Dockerfile, by name. They stay in the image: secrets belong to variables.')
        .optional(),
      install: Commands.describe(
        "Commands that install dependencies, in place of the detected ones. The service's install command wins over them.",
      ).optional(),
      build: Commands.describe(
        "Commands that build the app, in place of the detected ones. The service's build command wins over them.",
      ).optional(),
      test: Commands.describe('Commands that the build runs last; where one fails, nothing is deployed.').optional(),
      matrix: z
        .record(
          z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'name a variable'),
          z
            .array(
              z
                .string()
                .max(200)
                .regex(/^[^\0\n]*$/, 'give one line'),
            )
            .min(1)
            .max(MAX_TESTS),
        )
        .refine((matrix) => combinations(matrix).length <= MAX_TESTS, `gives more than ${MAX_TESTS} combinations`)
        .describe('Variables with their values. The test commands run once with each combination of them.')
        .optional(),
      prune: z.boolean().describe('false keeps in the image what only the build needs.').optional(),
    })
    .optional(),
  versions: z
    .record(z.string(), z.string().regex(/^\d+(\.\d+){0,2}$/, 'give a version such as "22" or "3.12.4"'))
    .describe('Versions of languages by name, such as { "node": "22" }. They win over all other files.')
    .optional(),
  packages: z
    .strictObject({ build: Packages.optional(), run: Packages.optional() })
    .describe('Packages of Debian: those that the build needs, and those that the app needs while it runs.')
    .optional(),
  static: z
    .strictObject({
      folder: z
        .string()
        .regex(/^(?!\/)(?!(.*\/)?\.\.(\/|$))[^\0\n]+$/, "give a folder below the app's")
        .describe('The folder whose files are served, as they are or as the build makes them.')
        .optional(),
      fallback: z
        .union([z.boolean(), z.string().regex(/^(?!\/)(?!(.*\/)?\.\.(\/|$))[^\0\n]+$/)])
        .describe('true answers a path that no file has with index.html, a name with that page; false with 404.')
        .optional(),
    })
    .describe('How a site of files is served.')
    .optional(),
  port: z
    .int()
    .min(1024)
    .max(65_535)
    .describe("The port that the app listens on, which it is told as PORT. The service's port wins over it.")
    .optional(),
  health: z
    .string()
    .regex(/^\/[\w\-./~%]{0,200}$/, 'give a path such as "/healthz"')
    .describe("The path that is asked whether a new release is healthy. The service's health check wins over it.")
    .optional(),
  cron: z
    .union([WhenDue, z.strictObject({ schedule: WhenDue, timezone: Zone.optional() })])
    .describe(
      'When the app runs, if its service is of kind cron: a schedule, or a schedule with its time zone. The schedule of the service wins over it.',
    )
    .optional(),
  watchPaths: z
    .array(WatchPath)
    .max(20)
    .describe(
      "Patterns of paths in the repository, as in .gitignore: a push that touches none of them is left alone. The service's watch paths win over them.",
    )
    .optional(),
  release: Command.describe(
    'The command that runs once with each new image, before it serves. A "release:" line of a Procfile wins over it, and the service\'s release command over both.',
  ).optional(),
  rehearseSeconds: z
    .int()
    .min(1)
    .max(600)
    .describe(
      "Runs the release command first on copies of the databases. The deployment fails where it fails there, or where a statement or a transaction takes longer than so many seconds. The service's setting wins over it.",
    )
    .optional(),
  start: Command.describe(
    "The command that starts the app. The service's line of a Procfile wins over it, and the service's start command over both.",
  ).optional(),
};
const Overlay = z.strictObject(settings);

/** The fields of `gantry.json` and `gantry.toml`. They win over detection, and the service's settings win over them. */
const AppConfig = z.strictObject({
  $schema: z.string().optional(),
  provider: z
    .enum([...ProviderName.options, 'dockerfile'])
    .describe(
      'The kind of app, if more than one would fit. With any kind but dockerfile, the build ignores a Dockerfile in the folder.',
    )
    .optional(),
  ...settings,
  environments: z
    .record(z.string().regex(/^[a-z][a-z0-9-]*$/, 'give the name of an environment'), Overlay)
    .describe('Settings for the environment of that name. They replace the settings above, field by field.')
    .optional(),
});
type AppConfig = z.infer<typeof AppConfig>;

/** The JSON Schema of `gantry.json`, for editors; `docs/schema/gantry.json` holds it. */
export function configSchema(): object {
  return { title: 'gantry.json', ...z.toJSONSchema(AppConfig, { io: 'input' }) };
}

const SCHEDULE = 'write it as "cron": "0 3 * * *", for a service of kind cron';
/** Fields of other platforms, with the way to the same here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  crons: SCHEDULE,
  schedule: SCHEDULE,
  matrix: 'move it into "build", beside "test"',
};

export interface LoadedConfig {
  /** The name of the file; undefined without a file. */
  readonly file?: string;
  /** The settings for the environment of this build. */
  readonly config: Omit<AppConfig, 'environments'>;
  /** The place of a field: `gantry.json > environments > staging > start`. */
  readonly place: (...path: readonly string[]) => string;
}

/**
 * Reads `gantry.json` or `gantry.toml`. The settings of one environment replace the general ones. Throws a `BuildError` that names the wrong field.
 */
export async function readAppConfig(tree: SourceTree, environment?: string): Promise<LoadedConfig> {
  const [json, toml] = await Promise.all([tree.read('gantry.json'), tree.read('gantry.toml')]);
  if (json !== undefined && toml !== undefined) {
    throw new BuildError('there is both a gantry.json and a gantry.toml; keep one of them');
  }
  const text = json ?? toml;
  if (text === undefined) return { config: {}, place: (...path) => ['gantry.json', ...path].join(' > ') };
  const file = json === undefined ? 'gantry.toml' : 'gantry.json';
  const result = AppConfig.safeParse(parseConfig(file, text));
  if (result.success) return laidOver(file, result.data, environment);
  const [issue] = result.error.issues;
  const later =
    issue?.code === 'unrecognized_keys' ? issue.keys.find((key) => Object.hasOwn(ELSEWHERE, key)) : undefined;
  if (later !== undefined) throw new BuildError(`${file} has no field "${later}": ${ELSEWHERE[later]}`);
  const field = issue?.path.join('.') || 'the file';
  throw new BuildError(`${file} is not valid: ${field}: ${issue?.message ?? 'wrong shape'}`);
}

/**
 * The settings of the app in the folder that `build.root` of `outer` names: those of its own config file, or else those of `outer`.
 */
export async function configBelow(
  outer: LoadedConfig,
  tree: SourceTree,
  environment: string | undefined,
): Promise<LoadedConfig> {
  const own = await readAppConfig(tree, environment);
  return own.file === undefined ? outer : own;
}

/** Merges groups of fields field by field. Every other field of the environment replaces the general one. */
function laidOver(file: string, { environments = {}, ...base }: AppConfig, environment = ''): LoadedConfig {
  const over = Object.hasOwn(environments, environment) ? environments[environment] : undefined;
  if (over === undefined) return { file, config: base, place: (...path) => [file, ...path].join(' > ') };
  const group = <Name extends 'build' | 'versions' | 'packages' | 'static'>(name: Name) =>
    over[name] === undefined ? {} : { [name]: { ...base[name], ...over[name] } };
  return {
    file,
    config: { ...base, ...over, ...group('build'), ...group('versions'), ...group('packages'), ...group('static') },
    place: (...path) => [file, ...(has(over, path) ? ['environments', environment] : []), ...path].join(' > '),
  };
}

function has(value: unknown, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) return value !== undefined;
  return (
    typeof value === 'object' && value !== null && Object.hasOwn(value, name) && has(Reflect.get(value, name), rest)
  );
}

function parseConfig(file: string, text: string): unknown {
  try {
    return file === 'gantry.json' ? JSON.parse(text) : parseToml(text);
  } catch (error) {
    if (error instanceof TomlError) {
      throw new BuildError(`gantry.toml is not valid TOML: line ${error.line}, column ${error.column}`);
    }
    throw new BuildError(`${file} is not valid JSON: ${errorMessage(error)}`);
  }
}

/** The schedule that an app asks for, in its normal form. */
export function scheduleIn({
  cron,
}: Pick<AppConfig, 'cron'>): { readonly schedule: string; readonly timezone?: string } | undefined {
  if (cron === undefined) return undefined;
  const { schedule, timezone } = typeof cron === 'string' ? { schedule: cron, timezone: undefined } : cron;
  const read = readSchedule(schedule);
  if ('problem' in read) throw new BuildError(`cron: ${read.problem}`);
  return { schedule: read.schedule, ...(timezone !== undefined && { timezone }) };
}

/** Reads a `Procfile`: process type → command. Empty without a file. */
export async function readProcfile(tree: SourceTree): Promise<Readonly<Record<string, string>>> {
  const text = await tree.read('Procfile');
  const processes = new Map<string, string>();
  for (const [index, raw] of (text ?? '').split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const match = /^([A-Za-z0-9_-]+):\s*(\S.*)$/.exec(line);
    const [, type, command] = match ?? [];
    if (type === undefined || command === undefined) {
      throw new BuildError(
        `Procfile, line ${index + 1}: expected "<process type>: <command>", such as "web: node server.js"`,
      );
    }
    processes.set(type, command);
  }
  return Object.fromEntries(processes);
}
