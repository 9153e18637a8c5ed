const SHORT = 6;

/** The end of a deployment's id, by which people tell the deployments of a service apart. Every command that takes a deployment takes it. */
export function shortId(id: string): string {
  return id.slice(-SHORT);
}
