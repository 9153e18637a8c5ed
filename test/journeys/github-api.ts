import { randomBytes, verify } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { HostedRepository, Installation, World } from './github-world.ts';

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const refuse = (status: number, message: string): Answer => ({ status, body: { message } });
const notFound = refuse(404, 'Not Found');
const TOKEN_MS = 3600_000;

const Body = z.record(z.string(), z.unknown());
const AccessRequest = z.object({
  repositories: z.array(z.string()).optional(),
  repository_ids: z.array(z.number()).optional(),
  permissions: z.record(z.string(), z.string()).optional(),
});

/** GitHub's REST API, as far as the product calls it. `codeload` is the host of archives. */
export async function answerApi(world: World, codeload: string, request: IncomingMessage, url: URL): Promise<Answer> {
  const path = url.pathname.replace(/^\/api\/v3/, '');
  world.calls.push(`${request.method} ${path}`);
  const refusal = world.refusals.shift();
  if (refusal !== undefined) {
    return { ...refuse(refusal.status, refusal.message), ...(refusal.headers && { headers: refusal.headers }) };
  }
  const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
  const body = Body.parse(JSON.parse((await text(request)) || '{}'));
  const [, installation] = /^\/app\/installations\/(\d+)\/access_tokens$/.exec(path) ?? [];
  if (installation !== undefined) return accessToken(world, Number(installation), token, body);
  if (path === '/user') return person(world, token);
  if (path === '/user/installations') return installations(world, token, url.searchParams);
  const [, fullName = '', rest = ''] = /^\/repos\/([^/]+\/[^/]+)(\/.*)$/.exec(path) ?? [];
  return repositoryCall(world, codeload, { fullName, method: request.method ?? '', path: rest, token, body });
}

function accessToken(world: World, id: number, token: string, body: unknown): Answer {
  if (!isAppToken(world, token)) return refuse(401, 'A JSON web token could not be decoded');
  const installation = world.installations.get(id);
  if (installation === undefined) return notFound;
  if (installation.suspendedAt !== null) return refuse(403, 'This installation has been suspended');
  const { repositories, repository_ids: ids, permissions = world.app.permissions } = AccessRequest.parse(body);
  const all = [...world.repositories.values()];
  const named = ids?.map((id) => all.find((each) => each.id === id)?.fullName ?? '');
  const names =
    named ?? repositories?.map((name) => `${installation.account}/${name}`) ?? all.map(({ fullName }) => fullName);
  const found = names.flatMap((name) => findRepository(world, name) ?? []);
  const accessible = found.length === names.length && found.every(({ fullName }) => world.has(installation, fullName));
  if ((repositories !== undefined || ids !== undefined) && !accessible) {
    return refuse(
      422,
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  }
  const exceeds = ([name, level]: [string, string]) =>
    level === 'write' ? world.app.permissions[name] !== 'write' : !(name in world.app.permissions);
  if (Object.entries(permissions).some(exceeds)) {
    return refuse(422, 'The permissions requested are not granted to this installation.');
  }
  const expiresAt = Date.now() + TOKEN_MS;
  const granted = {
    ...{ kind: 'installation' as const, installation, permissions, expiresAt },
    repositories: found.map(({ id }) => id),
  };
  const answer = {
    token: world.newToken('ghs_', granted),
    expires_at: new Date(expiresAt).toISOString(),
    permissions,
    repository_selection: 'selected',
    repositories: found.map(({ id, fullName }) => ({ id, name: fullName.split('/')[1], full_name: fullName })),
  };
  return { status: 201, body: answer };
}

const Claims = z.object({ iat: z.number(), exp: z.number(), iss: z.string() });

/** Whether the App's own key signed this, for ten minutes at most, and not in the future. */
function isAppToken({ app }: World, token: string): boolean {
  const [head = '', claims = '', signature = ''] = token.split('.');
  if (!verify('sha256', Buffer.from(`${head}.${claims}`), app.publicKey, Buffer.from(signature, 'base64url')))
    return false;
  const { iat, exp, iss } = Claims.parse(JSON.parse(Buffer.from(claims, 'base64url').toString()));
  const now = Date.now() / 1000;
  return iss === String(app.id) && iat <= now && exp > now && exp - now <= 600;
}

/** GitHub treats `Acme/Shop` and `acme/shop` as one. */
function findRepository(world: World, name: string): HostedRepository | undefined {
  const wanted = name.toLowerCase();
  return [...world.repositories.values()].find(({ fullName }) => fullName.toLowerCase() === wanted);
}

function person(world: World, text: string): Answer {
  const token = world.tokens.get(text);
  if (token?.kind !== 'person') return refuse(401, 'Bad credentials');
  return { status: 200, body: { login: token.login, id: world.idOf(token.login), type: 'User' } };
}

function installations(world: World, text: string, query: URLSearchParams): Answer {
  const token = world.tokens.get(text);
  if (token?.kind !== 'person') return refuse(401, 'Bad credentials');
  const all = [...world.installations.values()].filter((each) => world.lists(each, token.login));
  const [size, page] = [Number(query.get('per_page') ?? 30), Number(query.get('page') ?? 1)];
  const shown = all.slice((page - 1) * size, page * size).map(({ id, account, repositories, suspendedAt }) => ({
    id,
    account: { login: account, id, type: 'Organization' },
    app_id: world.app.id,
    repository_selection: repositories === 'all' ? 'all' : 'selected',
    suspended_at: suspendedAt,
  }));
  return { status: 200, body: { total_count: all.length, installations: shown } };
}

interface RepositoryCall {
  readonly fullName: string;
  readonly method: string;
  readonly path: string;
  readonly token: string;
  readonly body: Readonly<Record<string, unknown>>;
}

async function repositoryCall(world: World, codeload: string, call: RepositoryCall): Promise<Answer> {
  const { fullName, method, path, body } = call;
  const token = world.tokens.get(call.token);
  if (token?.kind !== 'installation' || token.expiresAt < Date.now()) return refuse(401, 'Bad credentials');
  const repository = world.repositories.get(fullName);
  const reachable =
    repository !== undefined &&
    token.repositories.includes(repository.id) &&
    world.has(token.installation, repository.fullName);
  if (!reachable || !world.installations.has(token.installation.id)) return notFound;
  const [, login] = /^\/collaborators\/([^/]+)\/permission$/.exec(path) ?? [];
  if (login !== undefined) return permission(world, token.installation, repository, decodeURIComponent(login));
  const may = (name: string, level: string) => token.permissions[name] === 'write' || token.permissions[name] === level;
  const forbidden = refuse(403, 'Resource not accessible by integration');
  if (method === 'GET') return may('contents', 'read') ? readRepository(repository, codeload, path) : forbidden;
  const [, kind = '', of = '', sub] = /^\/(statuses|deployments)(?:\/([^/]+))?(\/statuses)?$/.exec(path) ?? [];
  if (method !== 'POST' || kind === '') return notFound;
  if (!may(kind, 'write')) return forbidden;
  if (kind === 'statuses' && (await repository.resolve(of)) === undefined)
    return refuse(422, `No commit found for SHA: ${of}`);
  const id = world.nextId();
  const list = kind === 'statuses' ? world.statuses : sub === undefined ? world.deployments : world.deploymentStatuses;
  list.push({ repository: fullName, of: of === '' ? String(id) : of, body });
  return { status: 201, body: { id, ...body } };
}

/** https://docs.github.com/rest/collaborators/collaborators#get-repository-permissions-for-a-user */
function permission(world: World, installation: Installation, repository: HostedRepository, login: string): Answer {
  const body = {
    permission: world.permission(installation, repository, login),
    user: { login, id: world.idOf(login), type: 'User' },
  };
  return { status: 200, body };
}

async function readRepository(repository: HostedRepository, codeload: string, path: string): Promise<Answer> {
  const [, kind, name = ''] = /^\/(git\/ref\/heads|git\/commits|tarball)\/(.+)$/.exec(path) ?? [];
  const ref = decodeURIComponent(name);
  const sha = await repository.resolve(kind === 'git/ref/heads' ? `refs/heads/${ref}` : ref);
  if (kind === undefined || sha === undefined) return notFound;
  if (kind === 'git/ref/heads')
    return { status: 200, body: { ref: `refs/heads/${ref}`, object: { type: 'commit', sha } } };
  if (kind === 'tarball') {
    const location = `${codeload}/${repository.fullName}/legacy.tar.gz/${sha}?token=${randomBytes(8).toString('hex')}`;
    return { status: 302, headers: { location } };
  }
  const shown = await repository.git('show', '-s', '--format=%an%n%ae%n%aI%n%B', sha);
  const [author = '', email = '', date = '', ...message] = shown.split('\n');
  return { status: 200, body: { sha, message: message.join('\n').trimEnd(), author: { name: author, email, date } } };
}
