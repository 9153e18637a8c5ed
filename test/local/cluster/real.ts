import { patience } from '../../patience.ts';
import type { Api, ApiAnswer, Loose } from './api-answer.ts';
import { type Access, accessOf, type Connection, connect, openStream, type Stream } from './transcripts/connection.ts';
import { installGatewayApi } from './transcripts/gateway-api.ts';

/** The user names of the tests; an administrator may impersonate them. */
type Users = Readonly<Record<string, { readonly username: string; readonly groups: readonly string[] }>>;

/** A cluster as the tests of its API see it. */
export interface ApiCluster {
  api: Api;
  /** Opens a watch at a path with its query. */
  watch(path: string, event: (event: Loose) => void): Promise<Stream>;
  stop(): Promise<void>;
}

/** The kubeconfig of a real cluster to test against. Undefined for the embedded cluster. */
export const KUBECONFIG = process.env['GANTRY_KUBECONFIG'];

const GONE_MS = patience(60_000);

/** The cluster of a kubeconfig. Namespaces and cluster-wide objects of the tests are deleted at the end. */
export async function startRealCluster(kubeconfig: string, users: Users): Promise<ApiCluster> {
  const access = await accessOf(kubeconfig);
  const connection = connect(access.server, access.options);
  await installGatewayApi(connection);
  const made = new Set<string>();
  const api: Api = async (method, path, body, { token = 'admin', type = 'application/json', headers = {} } = {}) => {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const name = (body as Loose)?.metadata?.name;
    if (method === 'POST' && !path.includes('/namespaces/') && typeof name === 'string') {
      await removed(connection, `${path}/${name}`);
      made.add(`${path}/${name}`);
    }
    const sent = { 'content-type': type, ...speaker(token, users), ...headers };
    const received = await connection({ method, path, headers: sent, body: text });
    const isJson = received.type.startsWith('application/json');
    return { status: received.status, body: isJson ? JSON.parse(received.text) : received.text } satisfies ApiAnswer;
  };
  return {
    api,
    watch: (path, event) => watchOf(access, path, event),
    async stop() {
      await Promise.all([...made].map((path) => removed(connection, path)));
    },
  };
}

export function watchOf({ server, options }: Access, path: string, event: (event: Loose) => void): Promise<Stream> {
  return openStream(server, options, path, (line) => event(JSON.parse(line)));
}

/** Headers that let the administrator impersonate a user. A stranger only has an unknown token. */
function speaker(token: string, users: Users): Record<string, string> {
  if (token === 'admin') return {};
  const user = users[token];
  if (user === undefined) return { authorization: `Bearer ${token}` };
  return { 'impersonate-user': user.username, 'impersonate-group': user.groups.join(',') };
}

/** Deletes the leftovers of an interrupted run at a path, and waits until they are gone. */
async function removed(connection: Connection, path: string): Promise<void> {
  const ask = (method: string) => connection({ method, path, headers: {}, body: undefined });
  const deadline = Date.now() + GONE_MS;
  while ((await ask('DELETE')).status !== 404) {
    if (Date.now() > deadline) throw new Error(`${path} does not go: a finalizer may hold it, or something in it`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
