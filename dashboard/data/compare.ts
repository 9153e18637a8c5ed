import type { Deployment, Release } from '@gantry/contract/schemas/deployments.ts';
import { api } from './api.ts';
import { settingGroups, valueAt } from './settings.ts';

/** A setting with different values in two releases, in words. */
export interface SettingChange {
  readonly label: string;
  readonly before: string;
  readonly after: string;
}

type Params = Record<'teamId' | 'projectId' | 'environmentId' | 'serviceId', string>;

/** The release of a deployment. Reads nothing while the deployment is unknown. */
export const releaseQuery = (params: Params, deploymentId: string | undefined) => ({
  ...api('deployments.release', { params: { ...params, deploymentId: deploymentId ?? '' } }),
  enabled: deploymentId !== undefined,
});

/** Settings of the build. A release does not have them; the plan of its build does. */
const ofTheBuild = (path: string) => path === 'rootFolder' || path.startsWith('build.');

export const releaseSettings = settingGroups
  .flatMap(({ settings }) => settings)
  .filter(({ path }) => !ofTheBuild(path));

export function changedSettings(before: Release, after: Release): SettingChange[] {
  return releaseSettings.flatMap(({ path, label, preset }) => {
    const [one, other] = [valueAt(before, path), valueAt(after, path)];
    return one === other ? [] : [{ label, before: one || preset, after: other || preset }];
  });
}

/** The deployments after the older one up to the newer one, newest first. The order of the arguments does not matter. Ids rise with time. */
export function between(all: readonly Deployment[], one: Deployment, other: Deployment): Deployment[] {
  const [older, newer] = one.id < other.id ? [one, other] : [other, one];
  return all.filter(({ id }) => id > older.id && id <= newer.id);
}

/** The page of GitHub that compares the commits of two deployments; undefined if there is none. */
export function commitsUrl({ source: one }: Deployment, { source: other }: Deployment): string | undefined {
  if (one.kind !== 'github' || other.kind !== 'github' || one.repository !== other.repository) return undefined;
  if (one.commit === null || other.commit === null || one.commit.id === other.commit.id) return undefined;
  return `https://github.com/${one.repository}/compare/${one.commit.id}...${other.commit.id}`;
}
