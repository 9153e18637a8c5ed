import { planParts } from '@gantry/contract/schemas/plan.ts';
import { handOver } from '@gantry/contract/shell-line.ts';
import * as z from 'zod';

/** The folders of the image's own programs. Those of the app come before them. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A path below the app's folder, with `/` between its parts. */
const RelativePath = z.string().regex(/^(?!\/)(?!(.*\/)?\.\.(\/|$))[^\0\n]+$/);
/** Longer than a command that the owner may write, because the builder adds the folder, and the variables of a test. */
const Command = z.string().min(1).max(16_384);

/**
 * A program that the build's commands need and the runtime's image does not have, at an exact version or a major one.
 */
export const Tool = z.strictObject({
  name: z.enum(['pnpm', 'yarn', 'bun', 'srvx', 'deno', 'uv', 'poetry', 'pdm', 'pipenv']),
  /** The registry that publishes the tool. */
  registry: z.enum(['npm', 'pypi']),
  package: z.string(),
  version: z.string().regex(/^\d[\w.-]*$/),
  /** Plugins that are installed with the tool, each as its registry names it. */
  plugins: z.array(z.string()).optional(),
  /** True if the start command calls the tool, so that the image must hold it. */
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
  /** A version or the beginning of one, as in image tags: `24`, `22.3`, `22.3.1`. */
  version: z.string().regex(/^\d[\w.-]*$/),
  /** The file or rule that asked for the version, or `default`. */
  versionSource: z.string(),
});
export type PlannedRuntime = z.infer<typeof PlannedRuntime>;

/** One part of the plan, and the reason for it. */
export const Decision = z.strictObject({
  part: z.enum(planParts),
  value: z.string(),
  /** The file and the rule that decided: `package.json > engines > node`. */
  source: z.string(),
  /** The detected value, if the owner of the source asked for another one. */
  insteadOf: z.string().optional(),
});
export type Decision = z.infer<typeof Decision>;

/** Settings of the service that the source gives. The service's own settings win over them. */
const Settings = z.strictObject({
  releaseCommand: Command.optional(),
  /** How long a statement of a rehearsal of it may take, in seconds. */
  rehearseSeconds: z.int().min(1).max(600).optional(),
  /** The TCP port that the app listens on, regardless of `PORT`. */
  port: z.int().min(1024).max(65_535).optional(),
  healthPath: z.string().optional(),
  /** Patterns of paths in the repository. A push deploys the service if it touches one of them. */
  watchPaths: z.array(z.string()).optional(),
  /** When a cron service runs: a schedule of five fields, in numbers. */
  schedule: z.string().optional(),
  /** The time zone of the schedule. */
  timezone: z.string().optional(),
});
export type Settings = z.infer<typeof Settings>;

/** Names of packages of Debian. */
const Packages = z.array(z.string().regex(/^[a-z0-9][a-z0-9.+-]*$/));

/**
 * How a source tree becomes an image: plain data that `planBuild` makes and an engine runs. The deployment and the
 * image's labels hold the plan, so a plan never holds a secret.
 */
export const BuildPlan = z.strictObject({
  provider: ProviderName,
  runtime: PlannedRuntime,
  /** Additional runtimes that only the build needs. */
  buildRuntimes: z.array(PlannedRuntime),
  packageManager: z.string().optional(),
  /** Programs that the build's commands need and the runtime's image does not have. */
  tools: z.array(Tool),
  /** System packages: for the build, and for the image. */
  packages: z.strictObject({ build: Packages, run: Packages }),
  /** Extensions that PHP's official images lack. */
  extensions: z.array(z.string().regex(/^[a-z0-9_]+$/)).optional(),
  /** The folder of the source that becomes the image's `/app`. Install and build commands run in it. */
  root: RelativePath,
  /** The app's folder below `root`. The start command runs in it. */
  folder: RelativePath,
  /** The files that the install commands read. Empty if they may read any part of the source. */
  installInputs: z.array(RelativePath),
  install: z.array(Command),
  build: z.array(Command),
  /** Commands that remove files which only the build needed. */
  prune: z.array(Command),
  /** The start command as the source gives it, and the place where it was found. */
  start: Command,
  startSource: z.string(),
  /** The command and its arguments, as the image runs them. */
  command: z.array(z.string().min(1)).min(1),
  /**
   * The command that runs once with each new image, before the image serves. It comes from the app's own files,
   * otherwise it is only a proposal.
   */
  release: Command.optional(),
  settings: Settings.optional(),
  /**
   * Set if the builder's own file server serves the app: the app consists of files alone, or the build makes such
   * files.
   */
  site: z
    .strictObject({
      folder: RelativePath,
      /**
       * The answer for a path without a file: true is `index.html`, a text is the page of that name, false is no page.
       */
      fallback: z.union([z.boolean(), RelativePath]),
      /** True if the build makes the folder. The image then holds nothing else. */
      built: z.boolean(),
    })
    .optional(),
  /**
   * Folders of installed dependencies. They become an image layer of their own, which changes less often than the app.
   */
  dependencyFolders: z.array(RelativePath),
  /** Folders that are kept between builds and left out of the image; `~/` is the build's home folder. */
  cacheFolders: z.array(z.string()),
  /** Advice for the owner of the source, printed in the build's log. */
  notes: z.array(z.string()),
  /** Environment variables of the image. */
  env: z.record(z.string().regex(/^[A-Z_][A-Z0-9_]*$/), z.string()),
  /** The reasons for the plan, part by part. */
  decisions: z.array(Decision),
});
export type BuildPlan = z.infer<typeof BuildPlan>;

/** The record of an image that the builder did not plan, read from its config. It never holds a secret of the build. */
export const ImagePlan = z.strictObject({
  provider: z.enum(['dockerfile', 'image']),
  /** The path of the Dockerfile, or the reference of the image with its digest. */
  source: z.string().max(1024),
  /** The command and its arguments, as the image runs them; empty if the image has none, or more than 4 KB. */
  command: z.array(z.string()),
  /** The TCP port that the image exposes, if it names exactly one. */
  port: z.int().min(1).max(65_535).optional(),
  /** The user of the image, as its config names it; empty for root. */
  user: z.string().max(256),
  /** The settings of the service in the app's own "gantry.json". */
  given: z.array(Decision).optional(),
  settings: Settings.optional(),
});
export type ImagePlan = z.infer<typeof ImagePlan>;

/** The packages of a tool, in its registry's own notation: `pnpm@10.34.9`, `uv==0.13.8`. */
export function toolPackages({ registry, package: name, version, plugins = [] }: Tool): string[] {
  return [`${name}${registry === 'npm' ? '@' : '=='}${version}`, ...plugins];
}

/** The folder in a Node.js image for the package manager that the start command calls, below the app's folder. */
export const TOOLS = '.gantry/tools';

/** The command that installs the tools which the image must hold into `TOOLS`; undefined if there are none. */
export function toolInstallation(tools: readonly Tool[]): string | undefined {
  const packages = tools.filter(({ inImage }) => inImage === true).flatMap(toolPackages);
  if (packages.length === 0) return undefined;
  return `npm install --no-save --no-package-lock --prefix ${TOOLS} ${packages.join(' ')}`;
}

/**
 * The last command of a build that makes a site: it checks that the site's folder exists. Undefined for other plans.
 */
export function siteCheck({ site }: BuildPlan): string | undefined {
  return site?.built ? `node .gantry/serve.mjs --check '${site.folder.replaceAll("'", `'\\''`)}'` : undefined;
}

/**
 * The folders of the app that the image holds: a built site and its server. Undefined if the image holds everything.
 */
export function imageFolders({ site }: BuildPlan): readonly string[] | undefined {
  return site?.built && site.folder !== '.' ? [site.folder, '.gantry'] : undefined;
}

/**
 * The argument vector for a command line. A line of plain words becomes those words, so that the app itself receives
 * the stop signal. Any other line runs in a shell.
 */
export function commandVector(line: string): string[] {
  const words = line.trim().split(/\s+/);
  const plain = words.every((word) => /^[\w@%+=:,./-]+$/.test(word)) && !words[0]?.includes('=');
  return plain && words[0] !== undefined && words[0] !== 'exec' ? words : ['sh', '-c', handOver(line)];
}
