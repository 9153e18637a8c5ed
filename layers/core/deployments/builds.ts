import { listBuilds, stopBuild } from '@gantry/cloud/codebuild.ts';
import { environment } from '@gantry/cloud/environment.ts';
import { timeOfId } from '@gantry/contract/ids.ts';

/** A thousand builds: many more than start while one deployment is in flight. */
const PAGES = 10;
/** How far the clocks of functions and of CodeBuild may differ. */
const SKEW_MS = 60_000;

/**
 * Stops the running builds of a deployment; harmless when repeated. Step Functions stops a build with its execution on a best-effort basis only.
 * Builds are found by their `DEPLOYMENT_ID`, because a build that waits for its machine has no log stream yet. Builds that started after `until`
 * (milliseconds since 1970) go on: they may belong to a later run.
 */
export async function stopBuildsOf(deploymentId: string, until = Number.POSITIVE_INFINITY): Promise<void> {
  const oldest = timeOfId(deploymentId) - SKEW_MS;
  let token: string | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const { builds, next } = await listBuilds(environment('BUILD_PROJECT'), token);
    const own = builds.filter(({ variables }) => variables.DEPLOYMENT_ID === deploymentId);
    const running = own.filter(({ ended, startedAt }) => !ended && startedAt <= until);
    await Promise.all(running.map(({ id }) => stopBuild(id)));
    if (next === undefined || builds.some(({ startedAt }) => startedAt < oldest)) return;
    token = next;
  }
}
