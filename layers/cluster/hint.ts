/** Why a running app is not healthy, as far as its cluster shows. */
export interface Hint {
  readonly detail: string;
  /** When waiting no longer helps, in milliseconds since 1970; undefined while it may. */
  readonly failsAt?: number;
}
