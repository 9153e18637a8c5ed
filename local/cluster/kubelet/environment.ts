import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { CONFIG_MAPS, SECRETS } from '../kinds/core.ts';
import type { Container, EnvVar, Pod } from '../model.ts';
import type { Objects } from '../registry/objects.ts';
import { valueAt } from '../values.ts';
import { addressOf, guardVariables } from './address.ts';
import { ConfigError } from './config-error.ts';
import type { UnpackedImage } from './images.ts';
import { type Mounts, onThisMachine } from './mounts.ts';
import { hostPorts } from './ports.ts';

/** The program of a container, and its whole input. */
export interface Command {
  /** The folder of the image's files. */
  readonly root: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Folders that the node provides for a container. */
export interface Places {
  readonly home: string;
  /** The result of `placeGuards`. */
  readonly guards: string;
  readonly mounts: Mounts;
}

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The command of a container: its variables from image, references and spec; `PORT` (and `PORT_<container port>` for each further one) for the ports
 * that replace its own; this Node first on the PATH; and its own home. Nothing comes from this process's environment. Throws a `ConfigError` that
 * names a missing part.
 */
export function commandOf(
  objects: Objects,
  pod: Pod,
  container: Container,
  image: UnpackedImage,
  { home, guards, mounts }: Places,
): Command {
  const { config, root } = image;
  const asWritten = variablesOf(objects, pod, container, Object.fromEntries((config.Env ?? []).map(splitVariable)));
  const given = Object.fromEntries(
    Object.entries(asWritten).map(([name, value]) => [name, onThisMachine(value, mounts)]),
  );
  const ports = hostPorts(pod);
  const mapped = (container.ports ?? []).map(
    ({ containerPort }) => [containerPort, String(ports.get(containerPort) ?? containerPort)] as const,
  );
  const [first] = mapped;
  const env: Record<string, string> = {
    HOSTNAME: pod.metadata.name,
    ...given,
    ...Object.fromEntries(mapped.slice(1).map(([port, host]) => [`PORT_${port}`, host])),
    ...(first === undefined ? {} : { PORT: first[1] }),
    ...guardVariables(pod, guards, given, first?.[0]),
    PATH: pathOf(root, given.PATH),
    HOME: home,
    TMPDIR: join(home, 'tmp'),
  };
  const entrypoint = container.command ?? config.Entrypoint ?? [];
  const args = container.args ?? (container.command === undefined ? (config.Cmd ?? []) : []);
  const [program, ...rest] = [...entrypoint, ...args].map((each) => expand(each, env));
  if (program === undefined)
    throw new ConfigError('no command specified: the image has none, and neither has the container');
  const cwd = within(root, container.workingDir || config.WorkingDir || '/');
  return { root, file: programOf(root, program), args: rest, cwd, env };
}

function splitVariable(text: string): [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function variablesOf(
  objects: Objects,
  pod: Pod,
  container: Container,
  image: Record<string, string>,
): Record<string, string> {
  const { namespace } = pod.metadata;
  const env: Record<string, string> = { ...image };
  for (const { prefix = '', secretRef, configMapRef } of container.envFrom ?? []) {
    const reference = secretRef ?? configMapRef;
    if (reference === undefined) continue;
    const values =
      secretRef === undefined
        ? configOf(objects, namespace, reference.name)
        : secretOf(objects, namespace, reference.name);
    if (values === undefined && reference.optional !== true)
      throw missing(secretRef ? 'secret' : 'configmap', reference.name);
    for (const [key, value] of Object.entries(values ?? {})) env[`${prefix}${key}`] = value;
  }
  for (const variable of container.env ?? []) {
    const value =
      variable.valueFrom === undefined ? expand(variable.value ?? '', env) : referred(objects, pod, variable);
    if (value !== undefined) env[variable.name] = value;
  }
  return env;
}

function referred(objects: Objects, pod: Pod, { name, valueFrom = {} }: EnvVar): string | undefined {
  const { secretKeyRef, configMapKeyRef, fieldRef } = valueFrom;
  const { namespace } = pod.metadata;
  if (fieldRef !== undefined) return fieldOf(pod, fieldRef.fieldPath);
  const reference = secretKeyRef ?? configMapKeyRef;
  if (reference === undefined) {
    throw new ConfigError(`variable ${name}: valueFrom.${Object.keys(valueFrom)[0]} is not emulated by the local node`);
  }
  const type = secretKeyRef === undefined ? 'configmap' : 'secret';
  const values =
    type === 'secret' ? secretOf(objects, namespace, reference.name) : configOf(objects, namespace, reference.name);
  const value = values?.[reference.key];
  if (value !== undefined || reference.optional === true) return value;
  if (values === undefined) throw missing(type, reference.name);
  throw new ConfigError(`couldn't find key ${reference.key} in ${type} ${namespace}/${reference.name}`);
}

function missing(type: string, name: string): ConfigError {
  return new ConfigError(`${type} "${name}" not found`);
}

function secretOf(objects: Objects, namespace: string | undefined, name: string): Record<string, string> | undefined {
  const secret = objects.get(SECRETS, namespace, name);
  if (secret === undefined) return undefined;
  const decoded = Object.entries(secret.data ?? {}).map(([key, value]) => [
    key,
    Buffer.from(value, 'base64').toString('utf8'),
  ]);
  return Object.fromEntries(decoded);
}

function configOf(objects: Objects, namespace: string | undefined, name: string): Record<string, string> | undefined {
  const map = objects.get(CONFIG_MAPS, namespace, name);
  return map === undefined ? undefined : (map.data ?? {});
}

const FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
];

function fieldOf(pod: Pod, path: string): string {
  if (path === 'status.podIP') return addressOf(pod);
  const [, map = '', key = ''] = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path) ?? [];
  if (map !== '') return String(valueAt(pod.metadata, [map, key]) ?? '');
  if (FIELDS.includes(path)) return String(valueAt(pod, path.split('.')) ?? '');
  throw new ConfigError(`fieldRef ${path} is not emulated by the local node`);
}

/** `$(NAME)` becomes the variable's value, `$$(NAME)` becomes `$(NAME)`, and an unknown name stays. */
function expand(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^()\s]+)\)/g, (found, name?: string) =>
    name === undefined ? '$' : Object.hasOwn(env, name) ? (env[name] ?? found) : found,
  );
}

/** The image's PATH on this machine, after this process's own Node and before the machine's programs. */
function pathOf(root: string, given: string | undefined): string {
  const own = (given ?? '')
    .split(':')
    .filter((each) => isAbsolute(each))
    .map((each) => join(root, each));
  return [dirname(process.execPath), ...own.filter((each) => existsSync(each)), SYSTEM_PATH].join(':');
}

/** A path of the container on this machine. It cannot leave the root, because `/..` is `/`. */
function within(root: string, path: string): string {
  return join(root, normalize(join('/', path)));
}

/** An absolute program is the image's own if the image has it, else this machine's: there is no base layer here. */
export function programOf(root: string, program: string): string {
  if (!isAbsolute(program)) return program;
  const own = within(root, program);
  return existsSync(own) ? own : program;
}
