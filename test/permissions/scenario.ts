import type { Platform } from './platform.ts';

/** Something that a user or an operator would notice. */
export interface Scenario {
  readonly title: string;
  /** The functions that take part, by entry point: each must leave lines in its own log. */
  readonly functions: readonly string[];
  /** True where what it makes stays, so that it can be played only once on a platform. */
  readonly once?: boolean;
  run(platform: Platform): Promise<void>;
}
