import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Repositories, repositories } from './git-repository.ts';

export interface GitServer extends Repositories {
  /** `http://127.0.0.1:<port>`; a repository is at `<url>/<name>.git`. */
  readonly url: string;
  /** The path of each request so far, in order. */
  readonly requests: string[];
  stop(): Promise<void>;
}

/** Git over HTTP, as `git http-backend` does it: real repositories behind the smart protocol. */
export async function startGitServer(credential?: {
  readonly user: string;
  readonly token: string;
}): Promise<GitServer> {
  const store = repositories();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    if (credential === undefined || isAuthorised(request, credential)) return serveGit(store.folder, request, response);
    response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    ...store,
    requests,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      store.remove();
    },
  };
}

function isAuthorised({ headers }: IncomingMessage, { user, token }: { user: string; token: string }): boolean {
  return headers.authorization === `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}`;
}

/** Hands a request to git's own CGI program. RFC 3875; https://git-scm.com/docs/git-http-backend */
function serveGit(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://git');
  const child = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: process.env['PATH'],
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: search.slice(1),
      CONTENT_TYPE: request.headers['content-type'],
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
      GIT_PROTOCOL: request.headers['git-protocol']?.toString(),
    },
  });
  request.pipe(child.stdin).on('error', () => undefined);
  response.once('close', () => child.kill());
  let head = Buffer.alloc(0);
  child.stdout.on('data', function read(chunk: Buffer) {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    child.stdout.off('data', read);
    const lines = head.subarray(0, end).toString().split('\r\n');
    const headers = new Map(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
    );
    response.statusCode = Number.parseInt(headers.get('status') ?? '200', 10);
    headers.delete('status');
    response.setHeaders(headers);
    response.write(head.subarray(end + 4));
    child.stdout.pipe(response);
  });
}
