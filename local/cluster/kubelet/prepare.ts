import { createBackoff } from './backoff.ts';
import { ConfigError } from './config-error.ts';
import { type Command, commandOf } from './environment.ts';
import type { UnpackedImage } from './images.ts';
import { type Life, reasonOf, tell, wait } from './life.ts';
import { placeMounts } from './mounts.ts';
import { pause } from './probes.ts';
import { verifyNonRoot } from './security.ts';

const CONFIG_RETRY_MS = 1000;

/** The command of a container, once its image and configuration exist; undefined if the container is stopped before. */
export async function prepare(life: Life): Promise<Command | undefined> {
  life.image = await pulled(life);
  return life.image === undefined ? undefined : configured(life, life.image);
}

/** The image, as soon as it is available. */
async function pulled(life: Life): Promise<UnpackedImage | undefined> {
  const { node, spec, stopping, stopped } = life;
  for (const retry = createBackoff(); !stopping.aborted; ) {
    try {
      return await Promise.race([node.images.ensure(spec.image ?? ''), stopped]);
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      await backOffPull(life, reasonOf(error), Math.max(1000, retry.next(0)));
    }
  }
  return undefined;
}

/** Waits before the next pull: the first second shows the reason of the failure, the rest shows the wait. */
async function backOffPull(life: Life, why: string, ms: number): Promise<void> {
  const { spec, stopping } = life;
  const message = `failed to pull image "${spec.image}": ${why}`;
  tell(life, 'Warning', 'Failed', `Failed to pull image "${spec.image}": ${why}`);
  tell(life, 'Warning', 'Failed', 'Error: ErrImagePull');
  wait(life, 'ErrImagePull', message);
  await pause(Math.min(ms, 1000), stopping);
  if (ms <= 1000 || stopping.aborted) return;
  tell(life, 'Normal', 'BackOff', `Back-off pulling image "${spec.image}"`);
  tell(life, 'Warning', 'Failed', 'Error: ImagePullBackOff');
  wait(life, 'ImagePullBackOff', `Back-off pulling image "${spec.image}": ${message}`);
  await pause(ms - 1000, stopping);
}

/** The command, as soon as everything that it names exists. */
async function configured(life: Life, image: UnpackedImage): Promise<Command | undefined> {
  const { node, spec, pod, home, stopping } = life;
  while (!stopping.aborted) {
    try {
      verifyNonRoot(pod(), spec, image);
      const mounts = placeMounts(node.objects, pod(), spec, `${home}.mounts`);
      return commandOf(node.objects, pod(), spec, image, { home, guards: node.guards, mounts });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      if (life.state.waiting?.message !== error.message) {
        tell(life, 'Warning', 'Failed', `Error: ${error.message}`);
        wait(life, 'CreateContainerConfigError', error.message);
      }
      await pause(CONFIG_RETRY_MS, stopping);
    }
  }
  return undefined;
}
