/** Whoever is behind a request, once `serve` has verified it. */
export interface Caller {
  readonly userId: string;
  readonly email: string;
  /** The subject of the access token. */
  readonly subject: string;
}
