import { apiVersionOf, type Kind } from '../kinds/kind.ts';
import type { Fields, KubeObject } from '../model.ts';
import type { WriteOptions } from '../registry/commit.ts';
import type { Propagation, RemoveOptions } from '../registry/deletion.ts';
import type { Draft } from '../registry/draft.ts';
import type { Registry } from '../registry/registry.ts';
import { isMap, valueAt } from '../values.ts';
import {
  ApiError,
  badRequest,
  forbiddenValue,
  invalid,
  invalidOption,
  invalidValue,
  methodNotAllowed,
  notFound,
  notSupported,
  required,
} from './errors.ts';
import { knownFields } from './fields.ts';
import { jsonPatch, mergePatch, strategicMerge } from './patch.ts';
import type { Target } from './route.ts';

export type Query = URLSearchParams;

/** The target of a request for one object. */
export type NamedTarget = Target & { readonly name: string };

export function draftOf(body: unknown, target: Target): Draft {
  if (!isMap(body)) throw badRequest('the body must be one object');
  const { kind, namespace, name } = target;
  const metadata = isMap(body.metadata) ? body.metadata : {};
  const expected = target.subresource === 'scale' ? 'Scale' : kind.kind;
  if (body.kind !== undefined && body.kind !== expected) {
    const version = String(body.apiVersion ?? '').replace(/^.*\//, '');
    throw badRequest(
      `${String(body.kind)} in version ${JSON.stringify(version)} cannot be handled as a ${expected}: unknown conversion`,
    );
  }
  if (body.apiVersion !== undefined && body.apiVersion !== apiVersionOf(kind) && target.subresource !== 'scale') {
    throw badRequest(
      `apiVersion ${String(body.apiVersion)} in the body does not match ${apiVersionOf(kind)} of the path`,
    );
  }
  if (namespace !== undefined && (metadata.namespace ?? namespace) !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (name !== undefined && (metadata.name ?? name) !== name) {
    throw badRequest(`the name of the object (${String(metadata.name)}) does not match the name on the URL (${name})`);
  }
  return body as Draft;
}

const VALIDATIONS = ['', 'Ignore', 'Strict', 'Warn'];

/** The options of a write in the query. `options` is their name in errors. */
export function writeOptions(
  query: Query,
  target: Target,
  agent: string | undefined,
  options: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
): WriteOptions {
  const dryRun = query.getAll('dryRun');
  if (dryRun.some((each) => each !== 'All')) throw invalidOption(options, notSupported('dryRun', dryRun, ['All']));
  const validation = query.get('fieldValidation') ?? '';
  if (!VALIDATIONS.includes(validation)) {
    throw invalidOption(options, notSupported('fieldValidation', validation, VALIDATIONS));
  }
  const manager = query.get('fieldManager') ?? (agent ?? 'unknown').split('/')[0] ?? 'unknown';
  const { subresource } = target;
  const part = subresource === 'status' || subresource === 'scale' ? { subresource } : {};
  return { manager: manager.slice(0, 128), dryRun: dryRun.length > 0, ...part };
}

/** The object of a name, in the form of the subresource. */
export function read(registry: Registry, target: NamedTarget): KubeObject {
  const object = registry.objects.get(target.kind, target.namespace, target.name);
  if (object === undefined) throw notFound(target.kind, target.name);
  return target.subresource === 'scale' ? scaleOf(object) : object;
}

export function replace(registry: Registry, target: NamedTarget, draft: Draft, options: WriteOptions): KubeObject {
  if (target.subresource === 'scale') return rescale(registry, target, draft, options);
  return registry.update(target.kind, target.namespace, target.name, draft, options);
}

const MERGES: Readonly<Record<string, (live: unknown, patch: unknown, kind: Kind) => unknown>> = {
  'application/merge-patch+json': mergePatch,
  'application/json-patch+json': jsonPatch,
  'application/strategic-merge-patch+json': (live, patch, kind) => {
    if (kind.strategic) return strategicMerge(live, patch, kind.schema);
    throw unsupported();
  },
};

const APPLY = 'application/apply-patch+yaml';

/** The media type of a patch, or 415. */
export function patchType(contentType: string | undefined): string {
  const type = (contentType ?? '').split(';')[0]?.trim() ?? '';
  if (type === APPLY || MERGES[type] !== undefined) return type;
  throw unsupported();
}

/** Changes an object by the patch's media type; `create` is checked before server-side apply makes a new one. */
export function patch(
  registry: Registry,
  target: NamedTarget,
  body: unknown,
  request: {
    readonly type: string;
    readonly query: Query;
    readonly agent: string | undefined;
    create(): void;
    warn(text: string): void;
  },
): { readonly object: KubeObject; readonly created: boolean } {
  const { kind, namespace, name } = target;
  const options = writeOptions(request.query, target, request.agent, 'PatchOptions');
  const live = registry.objects.get(kind, namespace, name);
  if (request.type === APPLY) {
    if (!request.query.get('fieldManager'))
      throw invalidOption('PatchOptions', required('fieldManager', 'is required for apply patch'));
    if (target.subresource === 'scale') throw methodNotAllowed();
    const document = draftOf(body, target);
    const config = knownFields(document, target, { way: 'apply', validation: '', warn: request.warn });
    const type = `${config.apiVersion ?? '/'}, Kind=${config.kind ?? ''}`;
    if (!config.apiVersion || !config.kind) throw badRequest(`invalid object type: ${type}`);
    if (valueAt(config, ['metadata', 'managedFields']) !== undefined)
      throw badRequest('metadata.managedFields must be nil');
    if (live === undefined) request.create();
    const force = request.query.get('force') === 'true';
    return {
      object: registry.apply(kind, namespace, name, config, { ...options, force }),
      created: live === undefined,
    };
  }
  if (request.query.has('force')) {
    throw invalidOption('PatchOptions', forbiddenValue('force', 'may not be specified for non-apply patch'));
  }
  const merge = MERGES[request.type] ?? mergePatch;
  const next = merge(read(registry, target), body, kind);
  const validation = request.query.get('fieldValidation') ?? '';
  const draft = knownFields(draftOf(next, target), target, { way: 'patch', validation, warn: request.warn });
  return { object: replace(registry, target, draft, options), created: false };
}

function unsupported(): ApiError {
  return new ApiError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
}

function scaleOf(object: KubeObject): KubeObject {
  const { name, namespace = '', uid, resourceVersion, creationTimestamp } = object.metadata;
  const labels = valueAt(object, ['spec', 'selector', 'matchLabels']);
  const replicas = valueAt(object, ['spec', 'replicas']) ?? 1;
  const selector = isMap(labels) ? Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`) : [];
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: valueAt(object, ['status', 'replicas']) ?? 0, selector: selector.join(',') },
  };
}

const SCALES = { group: 'autoscaling', kind: 'Scale', plural: 'scales' };

function rescale(registry: Registry, target: NamedTarget, draft: Draft, options: WriteOptions): KubeObject {
  const { kind, namespace, name } = target;
  const live = registry.objects.get(kind, namespace, name);
  if (live === undefined) throw notFound(kind, name);
  const replicas = valueAt(draft, ['spec', 'replicas']) ?? 0;
  if (typeof replicas !== 'number')
    throw badRequest('Scale in version "v1" cannot be handled as a Scale: spec.replicas is not a number');
  if (replicas < 0) {
    throw invalid(SCALES, name, [invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0')]);
  }
  const version = draft.metadata?.resourceVersion;
  const metadata = { ...live.metadata, ...(version === undefined ? {} : { resourceVersion: version }) };
  const spec = { ...(live.spec as Fields), replicas };
  return scaleOf(registry.update(kind, namespace, name, { ...live, metadata, spec }, options));
}

const PROPAGATION = ['Foreground', 'Background', 'Orphan'];

/** DeleteOptions, from the body or the query. */
export function removeOptions(query: Query, body: unknown): RemoveOptions {
  const options = isMap(body) ? body : {};
  const grace =
    options.gracePeriodSeconds ??
    (query.has('gracePeriodSeconds') ? Number(query.get('gracePeriodSeconds')) : undefined);
  const propagation =
    options.propagationPolicy ??
    query.get('propagationPolicy') ??
    (options.orphanDependents === true ? 'Orphan' : undefined);
  if (grace !== undefined && (typeof grace !== 'number' || !Number.isInteger(grace) || grace < 0)) {
    throw badRequest('gracePeriodSeconds must be a whole number of seconds, not negative');
  }
  if (propagation !== undefined && !PROPAGATION.includes(String(propagation))) {
    throw invalidOption('DeleteOptions', notSupported('propagationPolicy', propagation, [...PROPAGATION, 'nil']));
  }
  if (options.orphanDependents !== undefined && options.propagationPolicy !== undefined) {
    const why = 'orphanDependents and deletionPropagation cannot be both set';
    throw invalidOption('DeleteOptions', invalidValue('propagationPolicy', propagation, why));
  }
  const preconditions = options.preconditions;
  const dryRun = options.dryRun ?? query.getAll('dryRun');
  return {
    dryRun: Array.isArray(dryRun) && dryRun.length > 0,
    ...(grace === undefined ? {} : { graceSeconds: grace }),
    ...(propagation === undefined ? {} : { propagation: propagation as Propagation }),
    ...(isMap(preconditions) ? { preconditions } : {}),
  };
}
