import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { diskUse } from './disk.ts';
import { readPlan } from './faults.ts';
import type { Kernel } from './kernel/kernel.ts';
import type { Room } from './kernel/resource.ts';
import { AwsError } from './kernel/service.ts';
import { readBody } from './wire/body.ts';

const PREFIX = '/_local/';
/** Bytes that a plan of faults may have. */
const PLAN_LIMIT = 64 * 1024;

/**
 * The operator's own routes on the AWS endpoint, with the bearer token of `endpoints.json`. `GET /_local/usage` counts the units that AWS would bill,
 * `GET /_local/disk` shows the disk use in bytes, `GET /_local/access` counts the calls that each statement allowed. `POST
 * /_local/statements/<id>/suspend` and `…/resume` suspend and restore a statement (the id encoded). `POST /_local/faults` causes the faults in its
 * body (docs/guides/faults.md), and `GET /_local/faults` lists the writes since.
 */
export function createConsole({ dataDir, iam, meter, faults }: Kernel, token: string): Room {
  const answer = async (request: IncomingMessage, url: URL): Promise<readonly [number, unknown]> => {
    if (!isToken(request.headers.authorization, token)) {
      return [401, { message: 'Give the token of endpoints.json as a bearer token.' }];
    }
    const route = `${request.method} ${url.pathname.slice(PREFIX.length)}`;
    if (route === 'GET usage') return [200, meter.snapshot()];
    if (route === 'GET disk') return [200, await diskUse(dataDir)];
    if (route === 'GET access') return [200, Object.fromEntries(iam.usage())];
    if (route === 'GET faults') return [200, faults?.report()];
    if (route === 'POST faults') {
      const plan = readPlan(await readBody(request, PLAN_LIMIT));
      if (typeof plan === 'string') return [400, { message: plan }];
      faults?.plan(plan);
      return [200, {}];
    }
    const [, statement, verb] = /^POST statements\/([^/]+)\/(suspend|resume)$/.exec(route) ?? [];
    if (statement === undefined) return [404, { message: `There is no ${request.method} ${url.pathname}.` }];
    try {
      iam.suspend(decodeURIComponent(statement), verb === 'suspend');
      return [200, {}];
    } catch (error) {
      if (error instanceof AwsError) return [error.status, { message: error.message }];
      if (error instanceof URIError) return [400, { message: 'The statement id is not valid percent-encoding.' }];
      throw error;
    }
  };
  return {
    mounts: [
      {
        on: 'aws',
        takes: (_host, path) => path.startsWith(PREFIX),
        async request(request: IncomingMessage, response: ServerResponse, url: URL) {
          const [status, body] = await answer(request, url);
          response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
          response.end(`${JSON.stringify(body)}\n`);
        },
      },
    ],
  };
}

function isToken(header: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`));
}
