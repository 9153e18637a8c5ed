import { environment } from '@gantry/cloud/environment.ts';

/** The most characters of one part of a host name. RFC 1035, section 2.3.4. */
const MAX_LABEL = 63;

/**
 * The host name of a service in an environment: `<service>-<environment>-<project>`. `suffix` is added when that is too long, or when another team's
 * slugs join to the same name.
 */
export function hostFor(
  slugs: readonly [service: string, environment: string, project: string],
  suffix?: string,
): string {
  const joined = slugs.join('-');
  const label =
    suffix === undefined ? joined : `${joined.slice(0, MAX_LABEL - suffix.length - 1).replace(/-+$/, '')}-${suffix}`;
  return new URL(environment('APPS_ORIGIN').replace('*', label)).hostname;
}

/** Whether the plain name fits into one label. */
export function fitsLabel(slugs: readonly string[]): boolean {
  return slugs.join('-').length <= MAX_LABEL;
}

/** The address of a host name: scheme and port come from `APPS_ORIGIN`. */
export function urlOf(host: string): string {
  const origin = new URL(environment('APPS_ORIGIN'));
  return `${origin.protocol}//${host}${origin.port && `:${origin.port}`}`;
}
