import type { BuildPlan, PlannedRuntime, ProviderName, Tool } from '../plan.ts';
import type { SourceTree } from '../source-tree.ts';

/** The value of a part of the plan, with the file and the rule that decided: `package.json > engines > node`. */
export interface Sourced<Value> {
  readonly value: Value;
  readonly source: string;
}

/** A start command and the place where it was found. */
export interface Start {
  readonly line: string;
  readonly source: string;
  /** The argument vector, if it differs from the line's own. */
  readonly command?: readonly string[];
}

/** The settings in the app's own files that change what is detected. */
interface Given {
  /** The start command in `Procfile` or `gantry.json`. */
  readonly start?: string;
  /** Build and test commands of the service or of the app's files. */
  readonly commands: readonly string[];
  /** False if the image must keep files that only the build needs. */
  readonly prune: boolean;
}

/** An app as a provider sees it. Providers read nothing else, so the same source always gives the same plan. */
export interface App {
  /** The app's own folder. */
  readonly tree: SourceTree;
  /** The names in that folder, sorted. */
  readonly names: readonly string[];
  /** The whole source. A workspace may need more of it than the app's folder. */
  readonly source: SourceTree;
  /** The app's folder, relative to the source; `.` if both are the same. */
  readonly folder: string;
  readonly given: Given;
}

/** How the dependencies are installed. */
export interface Installation {
  readonly packageManager?: Sourced<string>;
  /** Programs that the runtime's image does not have. */
  readonly tools?: readonly Tool[];
  readonly commands: readonly string[];
  /** The files that the commands read. Empty if they may read any part of the source. */
  readonly inputs: readonly string[];
  /** Commands that install the app itself, once all of its source is present. They run before the build commands. */
  readonly later?: readonly string[];
  /** Advice for the owner of the source. Omitted if the app has its own install commands. */
  readonly notes?: readonly string[];
}

/** How the app is built from its source. */
interface Making {
  readonly commands: readonly string[];
  /** The place of the commands: `package.json > scripts > build`. */
  readonly source: string;
  /** Commands that remove files which only the build needed. */
  readonly prune?: readonly string[];
  /** Advice for the owner of the source about the build or the start. */
  readonly notes?: readonly string[];
}

/** Folders that are kept apart from the app: in a layer of their own, or between builds. */
interface Folders {
  /** Folders of installed dependencies: everything that the install commands write. */
  readonly dependencies: readonly string[];
  /** Folders that are kept between builds and left out of the image; `~/` is the build's home folder. */
  readonly caches: readonly string[];
}

/** Files that the builder's own server serves. */
export interface Site {
  /** The folder, relative to the app's. */
  readonly folder: string;
  /** The answer for a path without a file: true is `index.html`, a text is the page of that name, false is no page. */
  readonly fallback: boolean | string;
}

/** The location of an app that belongs to a workspace. */
interface Location {
  /** The folder of the source that becomes the image's `/app`. */
  readonly root: string;
  /** The app's own folder, relative to the source. */
  readonly folder: string;
}

/**
 * A provider's part of the plan: everything that follows from the source. Settings in the app's own files replace parts
 * of it.
 */
export interface Detected {
  readonly runtime: PlannedRuntime;
  readonly install: Installation;
  readonly build: Making;
  /** Undefined if the source does not tell how to start the app. */
  readonly start: Start | undefined;
  readonly folders: Folders;
  readonly packages: BuildPlan['packages'];
  readonly extensions: BuildPlan['extensions'];
  /**
   * The app's own start command, changed so that its image can run it. Undefined if there is none or it needs no
   * change.
   */
  readonly unwrapped: string | undefined;
  readonly env: BuildPlan['env'];
  /** Files that the builder's own server serves. */
  readonly site: Site | undefined;
  /** The command that runs once with each new image, before the image serves. */
  readonly release: Start | undefined;
  /** The port that the app listens on, regardless of `PORT`. */
  readonly port: Sourced<number> | undefined;
  readonly location: Location | undefined;
  /** What to do if there is no start command, unless the general message is enough. */
  readonly missing: string | undefined;
}

type Maybe<Value> = Value | Promise<Value>;

/**
 * One kind of app, as small functions. `read` gathers the facts once for all other functions. Each function names the
 * source of its decision. Optional functions are those that most kinds of app do not need.
 */
export interface ProviderParts<Facts> {
  readonly name: ProviderName;
  /** The files that the provider looks for. The message for an unknown app lists them. */
  readonly looksFor: string;
  /** What the owner can add if the source has no start command. */
  readonly startHint: string;
  /** True if a package.json next to the app only builds files for browsers. Its build script then runs too. */
  readonly assets?: boolean;
  /** The file or the rule that makes the app one of this kind. Undefined if it is not. */
  detect(app: App): Maybe<string | undefined>;
  read(app: App): Maybe<Facts>;
  versions(facts: Facts, app: App): Maybe<PlannedRuntime>;
  install(facts: Facts, app: App): Maybe<Installation>;
  build(facts: Facts, app: App): Maybe<Making>;
  start(facts: Facts, app: App): Maybe<Start | undefined>;
  caches(facts: Facts, app: App): Maybe<Folders>;
  /** System packages that the build and the running app need, by their Debian names. */
  packages?(facts: Facts, app: App): Maybe<BuildPlan['packages']>;
  extensions?(facts: Facts, app: App): Maybe<BuildPlan['extensions']>;
  /** The app's own start command, without a package manager that it calls and the image lacks. */
  unwrap?(facts: Facts, line: string): string;
  env?(facts: Facts, app: App): Maybe<BuildPlan['env']>;
  site?(facts: Facts, app: App): Maybe<Site | undefined>;
  release?(facts: Facts, app: App): Maybe<Start | undefined>;
  /**
   * The port that the app listens on, regardless of `PORT`. Undefined if the app listens on `PORT`, or if the source
   * does not tell.
   */
  port?(facts: Facts, app: App): Maybe<Sourced<number> | undefined>;
  location?(facts: Facts, app: App): Maybe<Location | undefined>;
  missing?(facts: Facts, app: App): Maybe<string | undefined>;
}

/** One kind of source tree that the builder knows. */
export interface Provider
  extends Pick<ProviderParts<unknown>, 'name' | 'looksFor' | 'startHint' | 'assets' | 'detect'> {
  plan(app: App): Promise<Detected>;
}

/** Makes a provider from its parts. */
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

/** The note for an app whose dependencies no lock file pins. `command` creates the lock file. */
export function unlocked(file: string, command: string): string {
  return `there is no ${file}, so each install may get other versions; run "${command}" and commit the file`;
}
