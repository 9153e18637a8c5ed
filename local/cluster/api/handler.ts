import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ClusterAuthenticator, ClusterUser } from '../../kernel/ports.ts';
import { beforeAnswer } from '../../wire/answer.ts';
import { KINDS } from '../kinds/table.ts';
import type { Fields, Pod } from '../model.ts';
import type { Registry } from '../registry/registry.ts';
import type { Audit } from './audit.ts';
import { discovery, OPENAPI_V2 } from './discovery.ts';
import { ApiError, methodNotAllowed } from './errors.ts';
import { readBody, requireLocal, sendJson, sendStatus } from './http.ts';
import { type LogReader, sendLog } from './logs.ts';
import { formOf, present, presentList } from './presentation.ts';
import { authorize, requireDiscovery } from './rbac.ts';
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
  readonly audit?: Audit;
  /** Hears of what was written before it is answered. */
  readonly wrote?: (operation: string, user: string) => void;
  note(line: string): void;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: Query;
  readonly user: ClusterUser;
}

/** The Kubernetes API over HTTP. Every refusal is a `Status`; what it cannot explain is a plain 500, and its cause is noted. */
export function createHandler(parts: ApiParts) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      await answer(parts, request, response);
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

async function answer(parts: ApiParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  requireLocal(request);
  const url = new URL(request.url ?? '/', 'http://localhost');
  const path = url.pathname.length > 1 ? url.pathname.replace(/\/$/, '') : url.pathname;
  if (/^\/(healthz|livez|readyz)(\/|$)/.test(path)) {
    response.writeHead(200, { 'content-type': 'text/plain' }).end('ok');
    return;
  }
  const user = await authenticated(parts.authenticate, request);
  const exchange = { request, response, query: url.searchParams, user };
  const target = parseTarget(path, KINDS);
  if (target !== undefined) return resource(parts, exchange, target);
  requireDiscovery(path);
  if (path === '/openapi/v2') {
    response.writeHead(200, { 'content-type': OPENAPI_V2.type }).end(OPENAPI_V2.bytes);
    return;
  }
  const document = request.method === 'GET' ? discovery(path, KINDS) : undefined;
  if (document === undefined) throw new ApiError(404, 'NotFound', 'the server could not find the requested resource');
  sendJson(response, 200, document);
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
  if (verb === undefined) throw methodNotAllowed(`${request.method} ${kind.plural}`);
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
  if (name === undefined) return collection(parts, exchange, target, verb);
  if (verb === 'watch') return startWatch(parts, exchange, target, ({ metadata }) => metadata.name === name);
  const named: NamedTarget = { ...target, name };
  if (subresource === 'log') {
    if (verb !== 'get') throw methodNotAllowed(`${verb} pods/log`);
    return sendLog(parts.logs, read(parts.registry, named) as Pod, query, response);
  }
  if (verb === 'create') throw methodNotAllowed(`POST to ${kind.plural}/${name}`);
  if (verb === 'delete') return removeOne(parts, exchange, named);
  const { created, object } = await one(parts, exchange, named, verb, check);
  sendJson(response, created ? 201 : 200, present(kind, object, formOf(request.headers.accept)));
}

async function one(
  parts: ApiParts,
  { request, query }: Exchange,
  target: NamedTarget,
  verb: string,
  check: (verb: string) => void,
) {
  if (verb === 'get') return { object: read(parts.registry, target), created: false };
  const agent = request.headers['user-agent'];
  if (verb === 'update') {
    const options = writeOptions(query, target, agent);
    const draft = draftOf(await readBody(request), target);
    return { object: replace(parts.registry, target, draft, options), created: false };
  }
  const type = patchType(request.headers['content-type']);
  const body = await readBody(request);
  return patch(parts.registry, target, body, { type, query, agent, create: () => check('create') });
}

async function removeOne(parts: ApiParts, { request, response, query }: Exchange, target: NamedTarget): Promise<void> {
  if (target.subresource !== undefined) throw methodNotAllowed(`DELETE ${target.kind.plural}/${target.subresource}`);
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
    const body = await readBody(request);
    const options = writeOptions(query, target, request.headers['user-agent']);
    const object = registry.create(kind, namespace, draftOf(body, target), options);
    return sendJson(response, 201, present(kind, object, form));
  }
  const filter = filterOf(query);
  if (verb === 'watch') return startWatch(parts, exchange, target, filter);
  const items = registry.objects.list(kind, namespace).filter(filter);
  if (verb === 'deletecollection') {
    const options = removeOptions(query, await readBody(request));
    for (const { metadata } of items) registry.remove(kind, metadata.namespace, metadata.name, options);
  } else if (verb !== 'list') throw methodNotAllowed(`${verb} of a collection of ${kind.plural}`);
  sendJson(response, 200, presentList(kind, items, String(registry.objects.version()), form) satisfies Fields);
}

function filterOf(query: Query): Filter {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '');
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
    resourceVersion: query.get('resourceVersion') || undefined,
    bookmarks: query.get('allowWatchBookmarks') === 'true',
    initialEvents: query.get('sendInitialEvents') === 'true',
    timeoutSeconds: timeout > 0 ? Math.min(timeout, HALF_AN_HOUR) : HALF_AN_HOUR,
  });
}
