import { planParts } from '@gantry/contract/schemas/plan.ts';
import { handOver } from '@gantry/contract/shell-line.ts';
import * as z from 'zod';

/** The image's own programs, behind those of the app. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A path below the app's folder, with `/` between its parts. */
const RelativePath = z.string().regex(/^(?!\/)(?!(.*\/)?\.\.(\/|$))[^\0\n]+$/);
/** Longer than what its owner may write: the builder adds the folder, and the variables of a test. */
const Command = z.string().min(1).max(16_384);

/** A program that the build's commands need and that the runtime's image does not have, at an exact version or a major one. */
export const Tool = z.strictObject({
  name: z.enum(['pnpm', 'yarn', 'bun', 'srvx', 'deno', 'uv', 'poetry', 'pdm', 'pipenv']),
  /** Where it is published. */
  registry: z.enum(['npm', 'pypi']),
  package: z.string(),
  version: z.string().regex(/^\d[\w.-]*$/),
  /** Plugins that it is installed with, each as its registry has it. */
  plugins: z.array(z.string()).optional(),
  /** True where the start command calls it, so that the image must bring it. */
  inImage: z.boolean().optional(),
});
export type Tool = z.infer<typeof Tool>;

/** The kinds of app that the builder plans. */
export const ProviderName = z.enum([
  ...(['node', 'python', 'go', 'rust', 'php', 'ruby', 'java', 'elixir', 'deno', 'static'] as const),
]);
export type ProviderName = z.infer<typeof ProviderName>;

/** A language's runtime at a version. */
export const PlannedRuntime = z.strictObject({
  name: ProviderName.exclude(['static']),
  /** A version or the beginning of one, as image tags have it: `24`, `22.3`, `22.3.1`. */
  version: z.string().regex(/^\d[\w.-]*$/),
  /** Where the version was asked for, or `default`. */
  versionSource: z.string(),
});
export type PlannedRuntime = z.infer<typeof PlannedRuntime>;

/** One part of the plan, and why it is so. */
export const Decision = z.strictObject({
  part: z.enum(planParts),
  value: z.string(),
  /** The file and the rule that it came from: `package.json > engines > node`. */
  source: z.string(),
  /** What was detected, where the owner of the source asked for something else. */
  insteadOf: z.string().optional(),
});
export type Decision = z.infer<typeof Decision>;

/** Settings of the service that the source gives; those that the service has itself win over them. */
const Settings = z.strictObject({
  releaseCommand: Command.optional(),
  /** The TCP port that the app listens on whatever `PORT` says. */
  port: z.int().min(1024).max(65_535).optional(),
  healthPath: z.string().optional(),
  /** Patterns of paths in the repository, by which a push concerns the service. */
  watchPaths: z.array(z.string()).optional(),
  /** When a cron service runs: five fields of numbers. */
  schedule: z.string().optional(),
  /** The time zone of the schedule. */
  timezone: z.string().optional(),
});
export type Settings = z.infer<typeof Settings>;

/** Names of packages of Debian. */
const Packages = z.array(z.string().regex(/^[a-z0-9][a-z0-9.+-]*$/));

/**
 * How a source tree becomes an image: plain data, made by `planBuild` and carried out by an engine. It is stored with the
 * deployment and in the image's labels, so it never holds a secret.
 */
export const BuildPlan = z.strictObject({
  provider: ProviderName,
  runtime: PlannedRuntime,
  /** Further runtimes, which only the build needs. */
  buildRuntimes: z.array(PlannedRuntime),
  packageManager: z.string().optional(),
  /** Programs that the build's commands need and that the runtime's image does not have. */
  tools: z.array(Tool),
  /** Packages of the system: those of the build, and those of the image. */
  packages: z.strictObject({ build: Packages, run: Packages }),
  /** Extensions of PHP that its images do not have. */
  extensions: z.array(z.string().regex(/^[a-z0-9_]+$/)).optional(),
  /** The folder of the source that becomes the image's `/app`, and where the commands that install and build run. */
  root: RelativePath,
  /** The app's folder below that: where the start command runs. */
  folder: RelativePath,
  /** The files that the install commands read. Empty where they may read any part of the source. */
  installInputs: z.array(RelativePath),
  install: z.array(Command),
  build: z.array(Command),
  /** Commands that take out what only the build needed. */
  prune: z.array(Command),
  /** The start command as the source gives it, and where that was found. */
  start: Command,
  startSource: z.string(),
  /** The argument vector that the image runs. */
  command: z.array(z.string().min(1)).min(1),
  /** The command to run once with each new image, before it serves: of the app's own files, else one that is only proposed. */
  release: Command.optional(),
  settings: Settings.optional(),
  /** What the builder's own file server serves; where the app, or what its build makes, is files alone. */
  site: z
    .strictObject({
      folder: RelativePath,
      /** What answers a path that no file has: `index.html` where true, a page of that name, or nothing. */
      fallback: z.union([z.boolean(), RelativePath]),
      /** True where the build makes it, so that the image holds nothing else. */
      built: z.boolean(),
    })
    .optional(),
  /** Folders of installed dependencies: they make an image layer of their own, which changes less often than the app. */
  dependencyFolders: z.array(RelativePath),
  /** Folders kept from build to build and left out of the image; `~/` is the build's home folder. */
  cacheFolders: z.array(z.string()),
  /** What the owner of the source had better know, for the build's log. */
  notes: z.array(z.string()),
  /** Environment variables of the image. */
  env: z.record(z.string().regex(/^[A-Z_][A-Z0-9_]*$/), z.string()),
  /** Why it is so, part by part. */
  decisions: z.array(Decision),
});
export type BuildPlan = z.infer<typeof BuildPlan>;

/** What is recorded of an image that the builder did not plan, read from its config. It never holds a secret of the build. */
export const ImagePlan = z.strictObject({
  provider: z.enum(['dockerfile', 'image']),
  /** The path of the Dockerfile, or the reference of the image with its digest. */
  source: z.string().max(1024),
  /** The argument vector that the image runs; empty where it has none, or one above 4 KB. */
  command: z.array(z.string()),
  /** The TCP port that the image says it listens on, where it names exactly one. */
  port: z.int().min(1).max(65_535).optional(),
  /** The user that it runs as, as the image names it; empty for root. */
  user: z.string().max(256),
  /** What the app's own "gantry.json" says of the service. */
  given: z.array(Decision).optional(),
  settings: Settings.optional(),
});
export type ImagePlan = z.infer<typeof ImagePlan>;

/** What a tool is installed as, in its registry's own terms: `pnpm@10.34.9`, `uv==0.13.8`. */
export function toolPackages({ registry, package: name, version, plugins = [] }: Tool): string[] {
  return [`${name}${registry === 'npm' ? '@' : '=='}${version}`, ...plugins];
}

/** Where the image of a Node.js app brings the package manager that its start command calls, below the app's folder. */
export const TOOLS = '.gantry/tools';

/** The command that brings there what of the plan's tools the image must hold; undefined where that is none. */
export function toolInstallation(tools: readonly Tool[]): string | undefined {
  const packages = tools.filter(({ inImage }) => inImage === true).flatMap(toolPackages);
  if (packages.length === 0) return undefined;
  return `npm install --no-save --no-package-lock --prefix ${TOOLS} ${packages.join(' ')}`;
}

/** The last command of a build that makes a site: it sees that there is one, and where. Undefined for other plans. */
export function siteCheck({ site }: BuildPlan): string | undefined {
  return site?.built ? `node .gantry/serve.mjs --check '${site.folder.replaceAll("'", `'\\''`)}'` : undefined;
}

/** What of the app's folder the image holds, where that is not all of it: a site that was built, and its server. */
export function imageFolders({ site }: BuildPlan): readonly string[] | undefined {
  return site?.built && site.folder !== '.' ? [site.folder, '.gantry'] : undefined;
}

/**
 * The argument vector for a command line: its words where it is nothing but words, so that the app itself receives the
 * stop signal, and a shell with the line otherwise.
 */
export function commandVector(line: string): string[] {
  const words = line.trim().split(/\s+/);
  const plain = words.every((word) => /^[\w@%+=:,./-]+$/.test(word)) && !words[0]?.includes('=');
  return plain && words[0] !== undefined && words[0] !== 'exec' ? words : ['sh', '-c', handOver(line)];
}
