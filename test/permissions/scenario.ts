import type { Platform } from './platform.ts';

/** Something that a user or an operator would notice. */
export interface Scenario {
  readonly title: string;
  /** The participating functions, by entry point: each must write lines to its own log. */
  readonly functions: readonly string[];
  /** True if its objects stay: it can run only once on a platform. */
  readonly once?: boolean;
  run(platform: Platform): Promise<void>;
}
