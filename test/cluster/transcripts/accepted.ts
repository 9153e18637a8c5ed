/** A difference from the recorded cluster that is meant, with the reason. A pattern that matches nothing any more fails the test. */
export interface Accepted {
  /** Matches `<topic>/<step> <path of the difference>`. */
  readonly where: RegExp;
  readonly why: string;
}

export const ACCEPTED: readonly Accepted[] = [];
