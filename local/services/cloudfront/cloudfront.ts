import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Kernel } from '../../kernel/kernel.ts';
import type { ApiOrigins, ObjectOrigin } from '../../kernel/ports.ts';
import type { Mount, Room } from '../../kernel/resource.ts';
import { isLoopbackHost } from '../../wire/guard.ts';
import { refuseUpgrade } from '../../wire/server.ts';
import type { Header } from './headers.ts';
import { serveObject } from './objects.ts';
import { type Behaviour, type Declarations, type DeclaredDistribution, edgeTypes } from './types.ts';

/** CloudFront, as far as one distribution needs it. */
export interface CloudFrontRoom extends Room {
  /** Whether the template has a distribution, which then has the front's address. */
  isDeclared(): boolean;
}

/**
 * The one distribution, at the front's address: behaviours by path, an S3 origin that reads as the distribution, API origins with the headers
 * that it adds, functions of viewer requests and policies of response headers. Nothing is cached: a cached answer is the same answer.
 */
export function createCloudFront(
  kernel: Kernel,
  { apis, objects }: { readonly apis: ApiOrigins; readonly objects: ObjectOrigin },
): CloudFrontRoom {
  const declarations: Declarations = { distribution: undefined, functions: new Map(), policies: new Map() };

  const front: Mount = {
    on: 'front',
    takes: (host) => declarations.distribution !== undefined && isLoopbackHost(host),
    async request(request, response, url) {
      const { distribution } = declarations;
      const behaviour = distribution && behaviourFor(distribution, url.pathname);
      if (distribution === undefined || behaviour === undefined) return void response.writeHead(404).end();
      kernel.meter.count('cloudfront.requests');
      addHeaders(response, behaviour.headers);
      if (!behaviour.methods.includes(request.method ?? ''))
        return refuse(response, 403, 'This method is not allowed here.');
      await serve(distribution.arn, behaviour, request, response, url);
    },
    async upgrade(request, socket, head, url) {
      const origin = declarations.distribution && behaviourFor(declarations.distribution, url.pathname)?.origin;
      if (origin?.kind !== 'api') return refuseUpgrade(socket, 403, 'Forbidden');
      await apis.upgrade(origin.host, request, socket, head, url, origin.headers);
    },
  };

  async function serve(
    arn: string,
    behaviour: Behaviour,
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
  ) {
    const { origin, viewer } = behaviour;
    if (origin.kind === 'api') return apis.request(origin.host, request, response, url, origin.headers);
    const key = (viewer?.(url.pathname) ?? url.pathname).slice(1);
    const principal = { kind: 'service', name: 'cloudfront.amazonaws.com', sourceArn: arn } as const;
    await serveObject(() => objects.open(origin.bucket, decodeURI(key), principal), request, response);
  }

  return {
    mounts: [front],
    resources: edgeTypes(declarations),
    isDeclared: () => declarations.distribution !== undefined,
    address({ protocol, hostname, pathname, search }) {
      if (hostname !== declarations.distribution?.domain) return undefined;
      const { front: address } = kernel.addresses;
      const base = protocol === 'wss:' ? address.replace(/^http/, 'ws') : address;
      return `${base}${pathname === '/' ? '' : pathname}${search}`;
    },
  };
}

/** The first behaviour whose pattern matches the path. */
function behaviourFor({ behaviours }: DeclaredDistribution, path: string): Behaviour | undefined {
  return behaviours.find(({ pattern }) => pattern === undefined || toExpression(pattern).test(path));
}

function toExpression(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}

/** Adds the headers when the answer begins, so that a policy can override the origin's. */
function addHeaders(response: ServerResponse, headers: readonly Header[]): void {
  const end = response.end.bind(response) as (...given: unknown[]) => ServerResponse;
  response.end = (...given: unknown[]) => {
    if (!response.headersSent) {
      for (const { name, value, override } of headers)
        if (override || !response.hasHeader(name)) response.setHeader(name, value);
    }
    return end(...given);
  };
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('content-type', 'text/plain').end(`${text}\n`);
}
