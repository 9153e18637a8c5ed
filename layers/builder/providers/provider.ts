import type { BuildPlan, PlannedRuntime, ProviderName, Tool } from '../plan.ts';
import type { SourceTree } from '../source-tree.ts';

/** What a part of the plan was decided to be, and the file and the rule that it came from: `package.json > engines > node`. */
export interface Sourced<Value> {
  readonly value: Value;
  readonly source: string;
}

/** A start command and the place that it was found in. */
export interface Start {
  readonly line: string;
  readonly source: string;
  /** The argument vector, where it is not simply the line's own. */
  readonly command?: readonly string[];
}

/** What the app's own files say, as far as it changes what is detected. */
interface Given {
  /** The start command of `Procfile` or `gantry.json`. */
  readonly start?: string;
  /** Commands that build and test, of the service or of its files. */
  readonly commands: readonly string[];
  /** False where the image is to keep what only the build needs. */
  readonly prune: boolean;
}

/** An app, as a provider sees it. Providers read nothing else, so that the same source always gives the same plan. */
export interface App {
  /** The app's own folder. */
  readonly tree: SourceTree;
  /** The names in that folder, in order. */
  readonly names: readonly string[];
  /** All of the source, which a workspace may need more of than the app's folder. */
  readonly source: SourceTree;
  /** The app's folder below the source's; `.` where it is the same. */
  readonly folder: string;
  readonly given: Given;
}

/** How the dependencies get there. */
export interface Installation {
  readonly packageManager?: Sourced<string>;
  /** Programs that the runtime's image does not have. */
  readonly tools?: readonly Tool[];
  readonly commands: readonly string[];
  /** The files that the commands read. Empty where they may read any part of the source. */
  readonly inputs: readonly string[];
  /** What installs the app itself, once all of its source is there: it runs before the commands that build. */
  readonly later?: readonly string[];
  /** What the owner of the source had better know; left out where the app says itself how to install. */
  readonly notes?: readonly string[];
}

/** How the app is made of its source. */
interface Making {
  readonly commands: readonly string[];
  /** Where the commands come from: `package.json > scripts > build`. */
  readonly source: string;
  /** Commands that take out what only the build needed. */
  readonly prune?: readonly string[];
  /** What the owner of the source had better know of the build or the start. */
  readonly notes?: readonly string[];
}

/** What is kept apart from the app: in a layer of its own, or from build to build. */
interface Folders {
  /** Folders of installed dependencies: all that the install commands write. */
  readonly dependencies: readonly string[];
  /** Folders kept from build to build and left out of the image; `~/` is the build's home folder. */
  readonly caches: readonly string[];
}

/** Files that the builder's own server serves. */
export interface Site {
  /** The folder, below the app's. */
  readonly folder: string;
  /** What answers a path that no file has: `index.html` where true, a page of that name, or nothing. */
  readonly fallback: boolean | string;
}

/** Where an app is that belongs to a workspace. */
interface Location {
  /** The folder of the source that becomes the image's `/app`. */
  readonly root: string;
  /** The app's own folder, below the source's. */
  readonly folder: string;
}

/** A provider's part of the plan: all that follows from the source; what the app's own files say is laid over it. */
export interface Detected {
  readonly runtime: PlannedRuntime;
  readonly install: Installation;
  readonly build: Making;
  /** Undefined where the source does not tell how to start it. */
  readonly start: Start | undefined;
  readonly folders: Folders;
  readonly packages: BuildPlan['packages'];
  readonly extensions: BuildPlan['extensions'];
  /** The start command that the app gives, as its image can run it; undefined where it gives none, or as it is. */
  readonly unwrapped: string | undefined;
  readonly env: BuildPlan['env'];
  /** Files that the builder's own server serves. */
  readonly site: Site | undefined;
  /** A command to run once with each new image, before it serves. */
  readonly release: Start | undefined;
  /** The port that the app listens on whatever it is told. */
  readonly port: Sourced<number> | undefined;
  readonly location: Location | undefined;
  /** What to do where there is no start command, if that is more than to give one. */
  readonly missing: string | undefined;
}

type Maybe<Value> = Value | Promise<Value>;

/**
 * One kind of app, as small functions. `read` gathers once what the others decide by; each of them says of what it decides where it
 * comes from. Those that most kinds of app need nothing of may be left out.
 */
export interface ProviderParts<Facts> {
  readonly name: ProviderName;
  /** What it looks for, for the message when nothing is found. */
  readonly looksFor: string;
  /** What to add where the source has no start command. */
  readonly startHint: string;
  /** True where a package.json beside the app only makes what browsers load: its build script is then run too. */
  readonly assets?: boolean;
  /** The file, or the rule, by which the app is of this kind; undefined where it is not. */
  detect(app: App): Maybe<string | undefined>;
  read(app: App): Maybe<Facts>;
  versions(facts: Facts, app: App): Maybe<PlannedRuntime>;
  install(facts: Facts, app: App): Maybe<Installation>;
  build(facts: Facts, app: App): Maybe<Making>;
  start(facts: Facts, app: App): Maybe<Start | undefined>;
  caches(facts: Facts, app: App): Maybe<Folders>;
  /** Packages of the system, by their names in Debian, that the build and the running app need. */
  packages?(facts: Facts, app: App): Maybe<BuildPlan['packages']>;
  extensions?(facts: Facts, app: App): Maybe<BuildPlan['extensions']>;
  /** A start command that the app gives, without the package manager that it calls and that the image lacks. */
  unwrap?(facts: Facts, line: string): string;
  env?(facts: Facts, app: App): Maybe<BuildPlan['env']>;
  site?(facts: Facts, app: App): Maybe<Site | undefined>;
  release?(facts: Facts, app: App): Maybe<Start | undefined>;
  /** The port that the app listens on whatever `PORT` says; undefined where it listens on that, or the source does not tell. */
  port?(facts: Facts, app: App): Maybe<Sourced<number> | undefined>;
  location?(facts: Facts, app: App): Maybe<Location | undefined>;
  missing?(facts: Facts, app: App): Maybe<string | undefined>;
}

/** One kind of source tree that the builder knows. */
export interface Provider
  extends Pick<ProviderParts<unknown>, 'name' | 'looksFor' | 'startHint' | 'assets' | 'detect'> {
  plan(app: App): Promise<Detected>;
}

/** Makes a provider of its parts. */
export function defineProvider<Facts>(parts: ProviderParts<Facts>): Provider {
  const { name, looksFor, startHint, assets = false } = parts;
  return {
    ...{ name, looksFor, startHint, assets },
    detect: (app) => parts.detect(app),
    async plan(app) {
      const facts = await parts.read(app);
      return {
        runtime: await parts.versions(facts, app),
        install: await parts.install(facts, app),
        build: await parts.build(facts, app),
        start: await parts.start(facts, app),
        folders: await parts.caches(facts, app),
        packages: (await parts.packages?.(facts, app)) ?? { build: [], run: [] },
        extensions: await parts.extensions?.(facts, app),
        unwrapped: app.given.start && parts.unwrap?.(facts, app.given.start),
        env: (await parts.env?.(facts, app)) ?? {},
        site: await parts.site?.(facts, app),
        release: await parts.release?.(facts, app),
        port: await parts.port?.(facts, app),
        location: await parts.location?.(facts, app),
        missing: await parts.missing?.(facts, app),
      };
    },
  };
}

/** What the log says of an app whose dependencies no lock file pins; `command` makes one. */
export function unlocked(file: string, command: string): string {
  return `there is no ${file}, so that each install may bring other versions; run "${command}" and commit it`;
}
