import { forbidden } from '../api/errors.ts';
import { NAMESPACES } from '../kinds/core.ts';
import { PODS } from '../kinds/pods.ts';
import type { Container, Pod, SecurityContext } from '../model.ts';
import type { Objects } from '../registry/objects.ts';
import { isMap } from '../values.ts';

const LABEL = 'pod-security.kubernetes.io/enforce';
const LEVELS = ['privileged', 'baseline', 'restricted'];
const VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];
const HOST_FIELDS = ['hostNetwork', 'hostPID', 'hostIPC'];

/** A rule that a pod breaks, and how. */
interface Violation {
  readonly rule: string;
  readonly detail: string;
}

/**
 * Throws when the namespace enforces the `restricted` Pod Security Standard and the pod is not restricted; `baseline` checks its rules about
 * privileges and the host. Source: kubernetes.io/docs/concepts/security/pod-security-standards.
 */
export function requireRestricted(objects: Objects, pod: Pod): void {
  const labels = objects.get(NAMESPACES, undefined, pod.metadata.namespace ?? '')?.metadata.labels ?? {};
  const level = labels[LABEL] ?? 'privileged';
  const version = labels[`${LABEL}-version`] ?? 'latest';
  if (level === 'privileged') return;
  const known = LEVELS.includes(level) ? level : 'restricted';
  const broken = [...baseline(pod), ...(known === 'restricted' ? restricted(pod) : [])];
  if (broken.length === 0) return;
  const why = broken.map(({ rule, detail }) => `${rule} (${detail})`).join(', ');
  throw forbidden(PODS, pod.metadata.name, `violates PodSecurity "${known}:${version}": ${why}`);
}

function containersOf({ spec }: Pod): readonly Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

function named(containers: readonly Container[]): string {
  return `container${containers.length === 1 ? '' : 's'} ${quoted(containers.map(({ name }) => name))}`;
}

function quoted(values: readonly string[]): string {
  return values.map((each) => `"${each}"`).join(', ');
}

function baseline(pod: Pod): Violation[] {
  const host = HOST_FIELDS.filter((field) => pod.spec[field] === true);
  const privileged = containersOf(pod).filter(({ securityContext }) => securityContext?.privileged === true);
  const exposed = containersOf(pod).filter(({ ports = [] }) => ports.some((port) => 'hostPort' in port));
  return [
    ...(host.length > 0 ? [{ rule: 'host namespaces', detail: host.map((each) => `${each}=true`).join(', ') }] : []),
    ...(exposed.length > 0 ? [{ rule: 'hostPort', detail: `${named(exposed)} uses hostPort` }] : []),
    ...(privileged.length > 0
      ? [{ rule: 'privileged', detail: `${named(privileged)} must not set securityContext.privileged=true` }]
      : []),
  ];
}

function restricted(pod: Pod): Violation[] {
  return [privilegeEscalation(pod), capabilities(pod), volumes(pod), nonRoot(pod), rootUser(pod), seccomp(pod)].filter(
    (each) => each !== undefined,
  );
}

function privilegeEscalation(pod: Pod): Violation | undefined {
  const bad = containersOf(pod).filter(({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  if (bad.length === 0) return undefined;
  const detail = `${named(bad)} must set securityContext.allowPrivilegeEscalation=false`;
  return { rule: 'allowPrivilegeEscalation != false', detail };
}

function capabilities(pod: Pod): Violation | undefined {
  const of = ({ securityContext }: Container) => securityContext?.capabilities;
  const keeping = containersOf(pod).filter((each) => !of(each)?.drop?.includes('ALL'));
  const added = (each: Container) => (of(each)?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE');
  const adding = containersOf(pod).filter((each) => added(each).length > 0);
  const names = [...new Set(adding.flatMap(added))].sort();
  const details = [
    ...(keeping.length > 0 ? [`${named(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adding.length > 0
      ? [`${named(adding)} must not include ${quoted(names)} in securityContext.capabilities.add`]
      : []),
  ];
  return details.length === 0 ? undefined : { rule: 'unrestricted capabilities', detail: details.join('; ') };
}

function volumes({ spec }: Pod): Violation | undefined {
  const typeOf = (volume: object) => Object.keys(volume).find((key) => key !== 'name') ?? 'emptyDir';
  const bad = (spec.volumes ?? []).filter((volume) => !VOLUMES.includes(typeOf(volume)));
  if (bad.length === 0) return undefined;
  const types = [...new Set(bad.map(typeOf))].sort();
  const which = `volume${bad.length === 1 ? '' : 's'} ${quoted(bad.map(({ name }) => name))}`;
  const detail = `${which} ${bad.length === 1 ? 'uses' : 'use'} restricted volume type${types.length === 1 ? '' : 's'} ${quoted(types)}`;
  return { rule: 'restricted volume types', detail };
}

/** A field that a container sets for itself or inherits from the pod. */
function unset(pod: Pod, held: (context: SecurityContext) => boolean | undefined) {
  const own = held(pod.spec.securityContext ?? {});
  const bad = containersOf(pod).filter(({ securityContext = {} }) => held(securityContext) === false);
  const without = containersOf(pod).filter(
    ({ securityContext = {} }) => held(securityContext) === undefined && own !== true,
  );
  const setters = [...(own === false ? ['pod'] : []), ...(bad.length > 0 ? [named(bad)] : [])];
  return { setters: setters.join(' and '), without: without.length > 0 ? `pod or ${named(without)}` : '' };
}

function nonRoot(pod: Pod): Violation | undefined {
  const rule = 'runAsNonRoot != true';
  const { setters, without } = unset(pod, ({ runAsNonRoot }) => runAsNonRoot);
  if (setters !== '') return { rule, detail: `${setters} must not set securityContext.runAsNonRoot=false` };
  return without === '' ? undefined : { rule, detail: `${without} must set securityContext.runAsNonRoot=true` };
}

function rootUser(pod: Pod): Violation | undefined {
  const bad = containersOf(pod).filter(({ securityContext }) => securityContext?.runAsUser === 0);
  const own = pod.spec.securityContext?.runAsUser === 0 ? ['pod'] : [];
  const setters = [...own, ...(bad.length > 0 ? [named(bad)] : [])].join(' and ');
  return setters === '' ? undefined : { rule: 'runAsUser=0', detail: `${setters} must not set runAsUser=0` };
}

function seccomp(pod: Pod): Violation | undefined {
  const rule = 'seccompProfile';
  const typeOf = ({ seccompProfile }: SecurityContext) =>
    isMap(seccompProfile) ? (seccompProfile.type ?? '') : undefined;
  const isAllowed = (type: string) => type === 'RuntimeDefault' || type === 'Localhost';
  const { setters, without } = unset(pod, (context) => {
    const type = typeOf(context);
    return type === undefined ? undefined : isAllowed(type);
  });
  if (setters !== '') {
    const contexts = [pod.spec.securityContext, ...containersOf(pod).map(({ securityContext }) => securityContext)];
    const types = contexts.flatMap((context) => typeOf(context ?? {}) ?? []).filter((type) => !isAllowed(type));
    const shown = quoted([...new Set(types)].sort());
    return { rule, detail: `${setters} must not set securityContext.seccompProfile.type to ${shown}` };
  }
  if (without === '') return undefined;
  return { rule, detail: `${without} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"` };
}
