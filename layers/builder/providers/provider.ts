import type { BuildPlan } from '../plan.ts';
import type { SourceTree } from '../source-tree.ts';

/** A start command and the place that it was found in. */
export interface Start {
  readonly line: string;
  readonly source: string;
  /** The argument vector, where it is not simply the line's own. */
  readonly command?: readonly string[];
}

/** What the log says of an app whose dependencies no lock file pins; `command` makes one. */
export function unlocked(file: string, command: string): string {
  return `there is no ${file}, so that each install may bring other versions; run "${command}" and commit it`;
}

/** What the app's own files say, as far as it changes what is detected. */
export interface Given {
  /** The start command of `Procfile` or `gantry.json`. */
  readonly start?: string;
  /** False where the image is to keep what only the build needs. */
  readonly prune: boolean;
}

/** A provider's part of the plan: all that follows from the source; what the app's own files say is laid over it. */
interface Detected extends Omit<BuildPlan, 'provider' | 'start' | 'startSource' | 'command'> {
  /** Undefined where the source does not tell how to start it. */
  readonly start: Start | undefined;
}

/** One kind of source tree that the builder knows. */
export interface Provider {
  readonly name: BuildPlan['provider'];
  /** What it looks for, for the message when nothing is found. */
  readonly looksFor: string;
  /** What to add where the source has no start command. */
  readonly startHint: string;
  detect(tree: SourceTree): Promise<boolean>;
  plan(tree: SourceTree, given: Given): Promise<Detected>;
}
