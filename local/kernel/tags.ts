export type Tags = Readonly<Record<string, string>>;

type Context = Readonly<Record<string, string | readonly string[]>>;

/**
 * The condition keys of a request that creates something with tags.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
export function requestTags(tags: Tags): Context {
  return { ...under('aws:RequestTag', tags), 'aws:TagKeys': Object.keys(tags) };
}

/** The condition keys of a request to a tagged resource. Secrets Manager and RDS also use their own prefix. */
export function resourceTags(tags: Tags = {}): Context {
  return {
    ...under('aws:ResourceTag', tags),
    ...under('secretsmanager:ResourceTag', tags),
    ...under('rds:cluster-tag', tags),
  };
}

function under(prefix: string, tags: Tags): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}/${key}`, value]));
}
