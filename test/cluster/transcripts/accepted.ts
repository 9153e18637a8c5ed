/** A difference from the recorded cluster that is meant. One that no longer occurs fails the test. */
export interface Accepted {
  readonly topic: string;
  /** The steps in which it occurs, or `any` where it follows the object through its topic. */
  readonly steps: readonly string[] | 'any';
  /** Matches the path of the difference. */
  readonly at: RegExp;
  readonly why: string;
}

export const ACCEPTED: readonly Accepted[] = [];
