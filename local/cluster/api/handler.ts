import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ClusterAuthenticator, ClusterUser } from '../../kernel/ports.ts';
import { beforeAnswer } from '../../wire/answer.ts';
import { requirePolicies, type Write } from '../admission/policies.ts';
import type { Kind } from '../kinds/kind.ts';
import { KINDS } from '../kinds/table.ts';
import type { Fields, KubeObject, Pod } from '../model.ts';
import type { Registry } from '../registry/registry.ts';
import type { Audit } from './audit.ts';
import { discovery, OPENAPI_V2 } from './discovery.ts';
import { ApiError, methodNotAllowed, noSuchResource, notFound } from './errors.ts';
import { requireMayBind } from './escalation.ts';
import { createExec, refuseExec, refuseWithoutUpgrade } from './exec.ts';
import type { Executor } from './exec-port.ts';
import { type FieldRules, knownFields } from './fields.ts';
import { readBody, requireLocal, sendJson, sendStatus } from './http.ts';
import { type LogReader, sendLog } from './logs.ts';
import { pageOf } from './pages.ts';
import { formOf, present, presentList } from './presentation.ts';
import { authorize, mayDiscover } from './rbac.ts';
import { parseTarget, type Target, verbOf } from './route.ts';
import { type Filter, parseFieldSelector, parseLabelSelector } from './selectors.ts';
import {
  draftOf,
  type NamedTarget,
  patch,
  patchType,
  type Query,
  read,
  removeOptions,
  replace,
  writeOptions,
} from './verbs.ts';
import { watch } from './watch.ts';

export interface ApiParts {
  readonly registry: Registry;
  readonly authenticate: ClusterAuthenticator;
  readonly logs: LogReader;
  readonly commands: Executor;
  /** The present objects of kinds that are computed. */
  readonly computed: Computed;
  readonly audit?: Audit;
  /** Called with each write before its answer. */
  readonly wrote?: (operation: string, user: string) => void;
  note(line: string): void;
}

/** Answers all objects of a computed kind. */
type Computed = (kind: Kind) => Promise<readonly KubeObject[]>;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: Query;
  readonly user: ClusterUser;
}

/** The Kubernetes API over HTTP. Every refusal is a `Status`; an unexpected error is a plain 500, and its cause is noted. */
export function createHandler(parts: ApiParts) {
  return async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    try {
      await answer(parts, request, response, url);
    } catch (error) {
      const known = error instanceof ApiError;
      if (!known)
        parts.note(`cluster: ${request.method} ${request.url}: ${error instanceof Error ? error.stack : error}`);
      const refusal = known
        ? error
        : new ApiError(500, 'InternalError', 'an error of the local cluster; see --verbose');
      if (response.headersSent) response.destroy();
      else sendStatus(response, refusal);
    }
  };
}

/** Upgrades to WebSocket, for `pods/exec` only. */
export function createUpgrade(parts: ApiParts) {
  const exec = createExec(parts.commands);
  return async (request: IncomingMessage, socket: Duplex, head: Buffer, url: URL): Promise<void> => {
    try {
      requireLocal(request);
      const user = await authenticated(parts.authenticate, request);
      const target = parseTarget(url.pathname, KINDS);
      if (target?.name === undefined || target.subresource !== 'exec') throw noSuchResource();
      mayExec(parts, user, target);
      const pod = read(parts.registry, { ...target, name: target.name }) as Pod;
      const { 'user-agent': userAgent } = request.headers;
      parts.audit?.({ verb: 'create', target, uri: request.url ?? '', user, userAgent, code: 101 });
      await exec(request, socket, head, pod, url.searchParams);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refuseExec(socket, error);
    }
  };
}

/**
 * A WebSocket begins with a GET, and so needs the right to get; since Kubernetes 1.35 it also needs the right to create.
 * https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/ (AuthorizePodWebsocketUpgradeCreatePermission)
 */
function mayExec({ registry }: ApiParts, user: ClusterUser, { kind, namespace, name }: Target): void {
  const resource = `${kind.plural}/exec`;
  for (const verb of ['get', 'create'])
    authorize(registry.objects, user, { verb, group: kind.group, resource, namespace, name });
  const connecting = { kind, namespace, name: name ?? '', subresource: 'exec', user, operation: 'CONNECT' } as const;
  requirePolicies(registry.objects, connecting);
}

async function answer(parts: ApiParts, request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  requireLocal(request);
  const path = url.pathname.length > 1 ? url.pathname.replace(/\/$/, '') : url.pathname;
  if (/^\/(healthz|livez|readyz)(\/|$)/.test(path)) {
    response.writeHead(200, { 'content-type': 'text/plain' }).end('ok');
    return;
  }
  const user = await authenticated(parts.authenticate, request);
  const exchange = { request, response, query: url.searchParams, user };
  const target = parseTarget(path, KINDS);
  if (target !== undefined) return resource(parts, exchange, target);
  requireReadable(user, path);
  if (path === '/openapi/v2') {
    response.writeHead(200, { 'content-type': OPENAPI_V2.type }).end(OPENAPI_V2.bytes);
    return;
  }
  const document = request.method === 'GET' ? discovery(path, KINDS, request.headers.host ?? '') : undefined;
  if (document !== undefined) return sendJson(response, 200, document);
  if (isServed(path)) throw noSuchResource();
  response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404 page not found\n');
}

/** Whether a path belongs to a served group: outside of them nobody answers with a Status. */
function isServed(path: string): boolean {
  const [, root, group] = path.split('/');
  return root === 'api' || (root === 'apis' && KINDS.some((kind) => kind.group === group));
}

async function authenticated(authenticator: ClusterAuthenticator, request: IncomingMessage): Promise<ClusterUser> {
  const [, token] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  const user = token === undefined ? undefined : await authenticator.authenticate(token);
  if (user === undefined) throw new ApiError(401, 'Unauthorized', 'Unauthorized');
  return { ...user, groups: [...user.groups, 'system:authenticated'] };
}

async function resource(parts: ApiParts, exchange: Exchange, target: Target): Promise<void> {
  const { request, response, query, user } = exchange;
  const { kind, namespace, name, subresource } = target;
  const watching = ['1', 'true'].includes(query.get('watch') ?? '');
  const verb = verbOf(request.method ?? '', target, watching);
  if (verb === undefined) throw methodNotAllowed();
  response.once('finish', () => {
    const userAgent = request.headers['user-agent'];
    parts.audit?.({ verb, target, uri: request.url ?? '', user, userAgent, code: response.statusCode });
  });
  beforeAnswer(response, () => parts.wrote?.(`${verb} ${kind.plural}`, user.username));
  const { objects } = parts.registry;
  const check = (asked: string) => {
    const part = subresource === undefined ? kind.plural : `${kind.plural}/${subresource}`;
    const scope = kind.plural === 'namespaces' && kind.group === '' ? name : namespace;
    authorize(objects, user, { verb: asked, group: kind.group, resource: part, namespace: scope, name });
  };
  check(verb);
  if (kind.computed) return computed(parts, exchange, target, verb);
  if (name === undefined) return collection(parts, exchange, target, verb);
  const named: NamedTarget = { ...target, name };
  if (subresource === 'log') {
    if (verb !== 'get') throw methodNotAllowed();
    return sendLog(parts.logs, read(parts.registry, named) as Pod, query, response);
  }
  if (subresource === 'exec') {
    read(parts.registry, named);
    throw refuseWithoutUpgrade();
  }
  if (verb === 'create') throw methodNotAllowed();
  if (verb === 'delete') {
    admit(parts, exchange, named, 'DELETE');
    return removeOne(parts, exchange, named);
  }
  const { created, object } = await one(parts, exchange, named, verb, check);
  sendJson(response, created ? 201 : 200, present(kind, object, formOf(request.headers.accept), rowOf(query)));
}

/** Reads objects of a computed kind: reads all, then filters by the request. */
async function computed(parts: ApiParts, { request, response, query }: Exchange, target: Target, verb: string) {
  const { kind, namespace, name } = target;
  if (verb !== 'get' && verb !== 'list') throw methodNotAllowed();
  const form = formOf(request.headers.accept);
  const all = (await parts.computed(kind)).filter(
    ({ metadata }) => namespace === undefined || metadata.namespace === namespace,
  );
  if (name === undefined) {
    const items = all.filter(filterOf(kind, query));
    const metadata = { resourceVersion: String(parts.registry.objects.version()) };
    return sendJson(response, 200, presentList(kind, items, metadata, form, rowOf(query).within) satisfies Fields);
  }
  const object = all.find(({ metadata }) => metadata.name === name);
  if (object === undefined) throw notFound(kind, name);
  sendJson(response, 200, present(kind, object, form, rowOf(query)));
}

/** Checks a write that RBAC allows against the policies. */
function admit(parts: ApiParts, { user }: Exchange, target: NamedTarget, operation: Write['operation']): void {
  requirePolicies(parts.registry.objects, { ...target, user, operation });
}

async function one(
  parts: ApiParts,
  exchange: Exchange,
  target: NamedTarget,
  verb: string,
  check: (verb: string) => void,
) {
  const { request, response, query, user } = exchange;
  if (verb === 'get') return { object: read(parts.registry, target), created: false };
  const present = parts.registry.objects.get(target.kind, target.namespace, target.name) !== undefined;
  admit(parts, exchange, target, present ? 'UPDATE' : 'CREATE');
  const agent = request.headers['user-agent'];
  if (verb === 'update') {
    const options = writeOptions(query, target, agent, 'UpdateOptions');
    const draft = knownFields(draftOf(await readBody(request), target), target, rulesOf(query, response));
    return { object: replace(parts.registry, target, draft, options), created: false };
  }
  const type = patchType(request.headers['content-type']);
  const body = await readBody(request);
  requireMayBind(parts.registry.objects, user, target, body);
  const { warn } = rulesOf(query, response);
  return patch(parts.registry, target, body, { type, query, agent, create: () => check('create'), warn });
}

/** The check of a whole object's fields; warnings go into headers (RFC 7234, 5.5). */
function rulesOf(query: Query, response: ServerResponse): FieldRules {
  return {
    way: 'object',
    validation: query.get('fieldValidation') ?? '',
    warn: (text) => response.appendHeader('warning', `299 - ${JSON.stringify(text)}`),
  };
}

async function removeOne(parts: ApiParts, { request, response, query }: Exchange, target: NamedTarget): Promise<void> {
  if (target.subresource !== undefined) throw methodNotAllowed();
  const options = removeOptions(query, await readBody(request));
  const { object, gone } = parts.registry.remove(target.kind, target.namespace, target.name, options);
  if (!gone) return sendJson(response, 200, object);
  const { plural, group } = target.kind;
  const details = { name: target.name, ...(group === '' ? {} : { group }), kind: plural, uid: object.metadata.uid };
  sendJson(response, 200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
}

async function collection(parts: ApiParts, exchange: Exchange, target: Target, verb: string): Promise<void> {
  const { request, response, query } = exchange;
  const { kind, namespace } = target;
  const { registry } = parts;
  const form = formOf(request.headers.accept);
  if (verb === 'create') {
    if (kind.namespaced && namespace === undefined) throw methodNotAllowed();
    const body = await readBody(request);
    requireMayBind(registry.objects, exchange.user, target, body);
    const options = writeOptions(query, target, request.headers['user-agent'], 'CreateOptions');
    const draft = knownFields(draftOf(body, target), target, rulesOf(query, response));
    admit(parts, exchange, { ...target, name: draft.metadata?.name ?? '' }, 'CREATE');
    const object = registry.create(kind, namespace, draft, options);
    return sendJson(response, 201, present(kind, object, form));
  }
  const filter = filterOf(kind, query);
  if (verb === 'watch') return startWatch(parts, exchange, target, filter);
  if (verb !== 'list' && verb !== 'deletecollection') throw methodNotAllowed();
  const { items, metadata } = pageOf(registry.objects, kind, namespace, filter, query);
  if (verb === 'deletecollection') {
    const options = removeOptions(query, await readBody(request));
    for (const { metadata } of items) {
      admit(parts, exchange, { ...target, namespace: metadata.namespace, name: metadata.name }, 'DELETE');
      registry.remove(kind, metadata.namespace, metadata.name, options);
    }
  }
  sendJson(response, 200, presentList(kind, items, metadata, form, rowOf(query).within) satisfies Fields);
}

/** The part of their objects that the rows of a table carry. */
function rowOf(query: Query): { readonly within: string } {
  return { within: query.get('includeObject') ?? 'Metadata' };
}

function requireReadable(user: ClusterUser, path: string): void {
  if (!mayDiscover(user, path))
    throw new ApiError(403, 'Forbidden', `forbidden: User "${user.username}" cannot get path "${path}"`, {});
}

function filterOf(kind: Kind, query: Query): Filter {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(kind, query.get('fieldSelector') ?? '');
  return (object) => labels(object.metadata.labels ?? {}) && fields(object);
}

const HALF_AN_HOUR = 1800;

function startWatch(
  { registry }: ApiParts,
  { request, response, query }: Exchange,
  target: Target,
  filter: Filter,
): void {
  const timeout = Number(query.get('timeoutSeconds') ?? HALF_AN_HOUR);
  watch(registry.objects, response, {
    kind: target.kind,
    namespace: target.namespace,
    filter,
    form: formOf(request.headers.accept),
    ...rowOf(query),
    resourceVersion: query.get('resourceVersion') || undefined,
    bookmarks: query.get('allowWatchBookmarks') === 'true',
    initialEvents: query.get('sendInitialEvents') === 'true',
    match: query.get('resourceVersionMatch') ?? '',
    timeoutSeconds: timeout > 0 ? Math.min(timeout, HALF_AN_HOUR) : HALF_AN_HOUR,
  });
}
