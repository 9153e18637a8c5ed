import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '../../../kernel/iam.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import type { Mount } from '../../../kernel/resource.ts';
import { beforeAnswer } from '../../../wire/answer.ts';
import type { Blobs } from '../blobs.ts';
import type { Images } from '../images.ts';
import { repositoryArn } from '../names.ts';
import type { Tokens } from '../tokens.ts';
import { CONTENT } from './content.ts';
import { RegistryError, toRegistryError } from './errors.ts';
import { type Handler, json, type Parts, split } from './exchange.ts';
import { UPLOADS } from './uploads.ts';

const ROUTES: Readonly<Record<string, Handler>> = { ...UPLOADS, ...CONTENT };

/** The image registry under `/v2/`. Source: OCI Distribution Specification 1.1. Each step checks rights as ECR does. */
export function createRegistry(kernel: Kernel, images: Images, blobs: Blobs, tokens: Tokens): Mount {
  const parts: Parts = { kernel, images, blobs, tokens };
  return {
    on: 'aws',
    takes: (_host, path) => path === '/v2' || path.startsWith('/v2/'),
    async request(request, response, url) {
      try {
        await serve(parts, request, response, url);
      } catch (error) {
        refuse(kernel, response, error);
      }
    },
  };
}

async function serve(parts: Parts, request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const { kernel, tokens } = parts;
  const principal = tokens.identify(request.headers.authorization);
  if (principal === undefined) throw new RegistryError(401, 'UNAUTHORIZED', 'authentication required');
  if (url.pathname === '/v2/' || url.pathname === '/v2') return json(response, 200, {});
  const { name, part, reference } = split(url.pathname);
  const route = ROUTES[`${request.method} ${part}`];
  if (route === undefined)
    throw new RegistryError(405, 'UNSUPPORTED', `${request.method} ${url.pathname} is not emulated`);
  beforeAnswer(response, () => kernel.faults?.wrote(`${request.method} ${part}`, principal));
  const exchange = { request, response, url, name, reference };
  await route(parts, { ...exchange, allow: (...actions) => allow(parts, principal, name, actions) });
}

function allow({ kernel, images }: Parts, principal: Principal, name: string, actions: readonly string[]): void {
  kernel.iam.require(principal, ...actions.map((action) => ({ action, resource: repositoryArn(name) })));
  images.repository(name);
}

function refuse(kernel: Kernel, response: ServerResponse, error: unknown): void {
  const { status, code, message } = toRegistryError(error);
  if (status === 500) kernel.note(`registry: ${String(error)}`);
  if (response.headersSent) response.destroy();
  else {
    if (status === 401) response.setHeader('www-authenticate', 'Basic realm="registry"');
    json(response, status, { errors: [{ code, message }] });
  }
}
