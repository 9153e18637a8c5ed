import type { Container, Pod } from '../model.ts';
import { ConfigError } from './config-error.ts';
import type { UnpackedImage } from './images.ts';

/**
 * Throws a `ConfigError` when the pod demands a user other than root and its image does not name one by number, as a kubelet refuses it
 * (k8s.io/kubernetes, pkg/kubelet/kuberuntime/security_context.go). The process itself always runs as this machine's user.
 */
export function verifyNonRoot(pod: Pod, container: Container, { config }: UnpackedImage): void {
  const effective = { ...pod.spec.securityContext, ...container.securityContext };
  if (effective.runAsNonRoot !== true) return;
  const { name, namespace, uid } = pod.metadata;
  const where = `(pod: "${name}_${namespace}(${uid})", container: ${container.name})`;
  if (effective.runAsUser !== undefined) {
    if (effective.runAsUser === 0) throw new ConfigError(`container's runAsUser breaks non-root policy ${where}`);
    return;
  }
  const [user = ''] = (config.User ?? '').split(':');
  if (user !== '' && !/^\d+$/.test(user)) {
    const why = `image has non-numeric user (${user}), cannot verify user is non-root`;
    throw new ConfigError(`container has runAsNonRoot and ${why} ${where}`);
  }
  if (Number(user) === 0) throw new ConfigError(`container has runAsNonRoot and image will run as root ${where}`);
}
