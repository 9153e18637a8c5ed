/** A permission that IAM must grant before a handler runs. `context` holds condition keys, e.g. `aws:SourceArn`. */
export interface Access {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}
