const SHORT = 6;

/** The end of a deployment's id, which tells a service's deployments apart. Every command with a deployment accepts it. */
export function shortId(id: string): string {
  return id.slice(-SHORT);
}
