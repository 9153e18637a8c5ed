/** The reason why a running app is not healthy, as far as its cluster tells. */
export interface Hint {
  readonly detail: string;
  /** From when on it will not pass by waiting, in milliseconds since 1970; undefined where it may. */
  readonly failsAt?: number;
}
