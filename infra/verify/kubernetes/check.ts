import type { Finding } from '../template.ts';
import { CUSTOM_KINDS } from './custom.ts';
import { IMAGES } from './images.ts';
import { nativeClass, nativeErrors } from './native.ts';

/** An object as it is applied. */
export interface Applied {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
}

interface Container {
  readonly name?: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
}

/** Faults of the platform's own objects: fields, commands of containers, and the scheme of the load balancer. */
export function platformFindings(objects: readonly Applied[]): Finding[] {
  return [...schemaFindings(objects), ...objects.flatMap(missingCommand), ...internalScheme(objects)];
}

/** Where an object does not fit its published definition. */
export function schemaFindings(objects: readonly Applied[]): Finding[] {
  return objects.flatMap((object) => {
    const errors = errorsOf(object);
    return errors.map((what) => ({ rule: 'kubernetes-schema', at: nameOf(object), what }));
  });
}

function errorsOf(object: Applied): string[] {
  const { apiVersion = '', kind = '' } = object;
  const native = nativeClass(apiVersion, kind);
  if (native !== undefined) return nativeErrors(native, object);
  const custom = CUSTOM_KINDS.get(`${apiVersion} ${kind}`);
  if (custom === undefined) return [`no published definition of ${apiVersion} ${kind} is known`];
  const { error } = custom.safeParse(object);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

/** A container without an entrypoint in its image must name a command: `args` alone are arguments of nothing. */
function missingCommand(object: Applied): Finding[] {
  return containersOf(object).flatMap(({ name, image = '', command, args }) => {
    const at = `${nameOf(object)}/${name}`;
    const documented = IMAGES[image];
    if (documented === undefined) return [{ rule: 'entrypoint', at, what: `nothing says what ${image} starts` }];
    if (command !== undefined || documented.entrypoint.length > 0) return [];
    const what = `${image} has no entrypoint, so that ${args ? 'its args start nothing' : 'nothing says what to start'}`;
    return [{ rule: 'entrypoint', at, what: `${what}: set command (${documented.source})` }];
  });
}

function* walk(value: unknown): Generator<Container> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, each] of Object.entries(value)) {
    if ((key === 'containers' || key === 'initContainers') && Array.isArray(each)) yield* each as Container[];
    else yield* walk(each);
  }
}

function containersOf(object: Applied): Container[] {
  return [...walk(object)];
}

/**
 * A Gateway's load balancer is internal unless a configuration of the Gateway or its class says otherwise.
 * https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/gateway/loadbalancerconfig/
 */
function internalScheme(objects: readonly Applied[]): Finding[] {
  const of = (kind: string) => objects.filter((object) => object.kind === kind);
  const schemeOf = (parameters: { readonly name?: string } | undefined) =>
    specOf(of('LoadBalancerConfiguration').find(({ metadata }) => metadata?.name === parameters?.name)).scheme;
  return of('Gateway').flatMap((gateway) => {
    const spec = specOf(gateway);
    const gatewayClass = of('GatewayClass').find(({ metadata }) => metadata?.name === spec.gatewayClassName);
    const schemes = [schemeOf(spec.infrastructure?.parametersRef), schemeOf(specOf(gatewayClass).parametersRef)];
    if (schemes.includes('internet-facing')) return [];
    return [{ rule: 'internal-scheme', at: nameOf(gateway), what: 'its load balancer would be internal' }];
  });
}

interface Spec {
  readonly scheme?: string;
  readonly gatewayClassName?: string;
  readonly parametersRef?: { readonly name?: string };
  readonly infrastructure?: { readonly parametersRef?: { readonly name?: string } };
}

function specOf(object: Applied | undefined): Spec {
  return (object as { readonly spec?: Spec } | undefined)?.spec ?? {};
}

function nameOf({ kind = '', metadata }: Applied): string {
  return `${kind} ${metadata?.name ?? ''}`;
}
