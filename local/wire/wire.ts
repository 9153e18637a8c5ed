import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Kernel, REGION } from '../kernel/kernel.ts';
import type { Mount, RawService, Room } from '../kernel/resource.ts';
import { AwsError, type Service } from '../kernel/service.ts';
import { beforeAnswer } from './answer.ts';
import { readBody } from './body.ts';
import { ec2Query } from './ec2-query.ts';
import { hostName, isKnownOrigin, isLoopbackHost } from './guard.ts';
import { json } from './json.ts';
import { type ApiRequest, type Input, type LoadedService, type Protocol, send } from './protocol.ts';
import { escapeXml, query } from './query.ts';
import { rest } from './rest.ts';
import { type Handler, refuseUpgrade } from './server.ts';
import { errorTraits } from './shape.ts';
import { isSigned, type Verified, verifySignature } from './signature.ts';

/** The most bytes of a request to an API service; raw services stream and set their own limits. */
const BODY_LIMIT = 16 * 1024 * 1024;

const PROTOCOLS: Readonly<Record<Service['protocol'], Protocol>> = {
  json,
  query,
  'ec2-query': ec2Query,
  'rest-json': rest,
};

/**
 * The AWS endpoint. A signed request goes to the service in its credential scope. The input is checked against the SDK's model, each parameter
 * against the operation's supported ones, and the caller against IAM; only then the request is handled. An unsigned request goes to the first mount
 * that takes it.
 */
export function createWire(kernel: Kernel, rooms: readonly Room[]): Handler {
  const services = byName(rooms.flatMap((room) => room.services ?? []));
  const raw = byName(rooms.flatMap((room) => room.raw ?? []));
  const mounts = rooms.flatMap((room) => room.mounts ?? []).filter((mount) => mount.on === 'aws');
  const { front, aws } = kernel.addresses;

  const handle = async (
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    requestId: string,
  ): Promise<void> => {
    const signed = { method: request.method ?? 'GET', url: request.url ?? '/', headers: request.headers };
    // A browser's preflight is never signed, even for an address with a signature.
    if (!isSigned(signed) || request.method === 'OPTIONS') {
      const mount = mountFor(mounts, request, url);
      if (mount === undefined)
        throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
      await mount.request(request, response, url);
      return;
    }
    // A client without a hash header signs the hash of the body, which must be read before the verification.
    const early = request.headers['x-amz-content-sha256'] === undefined && request.headers.authorization !== undefined;
    const read = early ? await readBody(request, BODY_LIMIT) : undefined;
    const verified = verifySignature(kernel.iam, signed, read === undefined ? {} : { bodyHash: sha256(read) });
    const rawService = raw.get(verified.service);
    requireRegion(verified, rawService ?? services.get(verified.service));
    if (rawService !== undefined) {
      if (read !== undefined)
        throw new AwsError('MissingContentSHA256', 'Missing required header x-amz-content-sha256.');
      beforeAnswer(response, () => kernel.faults?.wrote(`${request.method} ${verified.service}`, verified.principal));
      await rawService.handle(request, response, verified.principal, url);
      return;
    }
    const service = services.get(verified.service);
    if (service === undefined) {
      throw new AwsError('UnknownOperationException', `local cloud: service ${verified.service} is not emulated`);
    }
    const body = read ?? (await readBody(request, BODY_LIMIT, verified.payloadHash));
    await answer(kernel, service, verified, { message: request, url, body }, response, requestId);
  };

  return {
    async request(request, response, url) {
      const requestId = randomUUID();
      if (!isLoopbackHost(hostName(request)) || !isKnownOrigin(request, [front, aws])) {
        refuseStranger(response);
        return;
      }
      try {
        await handle(request, response, url, requestId);
      } catch (error) {
        send(response, plainError(asAwsError(kernel, error, requestId), request, requestId), requestId);
      }
    },
    upgrade(request, socket, head, url) {
      const mount = mountFor(mounts, request, url);
      if (mount?.upgrade === undefined || !isLoopbackHost(hostName(request)) || !isKnownOrigin(request, [front, aws])) {
        return refuseUpgrade(socket, 403, 'Forbidden');
      }
      return mount.upgrade(request, socket, head, url);
    },
  };
}

async function answer(
  kernel: Kernel,
  service: Service,
  { principal, region }: Verified,
  request: ApiRequest,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  const protocol = PROTOCOLS[service.protocol];
  const loaded: LoadedService = { ...service, model: await service.model() };
  try {
    const { operation: shape, input } = protocol.decode(loaded, request);
    const operation = service.operations[shape.name];
    if (operation === undefined) throw new Error(`${shape.name} was decoded but is not registered`);
    refuseParameters(service, shape.name, operation, input);
    const call = { principal, requestId, region };
    // The input was checked against the model, so `Operation<never, …>` is safe.
    const checked = input as never;
    kernel.iam.require(principal, ...operation.access(checked, call));
    await kernel.faults?.before(shape.name, principal, request.message.socket, sha256(request.body));
    const output = await operation.handle(checked, call);
    kernel.faults?.wrote(shape.name, principal);
    send(response, protocol.encode(shape, output, request, requestId), requestId);
  } catch (caught) {
    const error = asAwsError(kernel, caught, requestId);
    const traits = errorTraits(loaded.model, error.code);
    send(response, protocol.error(error, traits, request, requestId), requestId);
  }
}

/** Only a few services serve another region than the local cloud's own. */
function requireRegion({ region, service }: Verified, asked: Service | RawService | undefined): void {
  if (region === REGION || asked?.isAtEdge === true) return;
  throw new AwsError(
    'UnrecognizedClientException',
    `local cloud: service ${service} is not emulated in ${region}`,
    403,
  );
}

function refuseParameters(
  { signingName }: Service,
  name: string,
  { uses, inert = {} }: { readonly uses: readonly string[]; readonly inert?: Readonly<Record<string, string>> },
  input: Input,
): void {
  const refused = Object.keys(input).filter((key) => !uses.includes(key) && !Object.hasOwn(inert, key));
  if (refused.length > 0) {
    throw new AwsError(
      'ValidationException',
      `local cloud: parameter ${refused.join(', ')} of ${signingName}:${name} is not emulated`,
    );
  }
}

/** A fault of ours is answered like AWS's own: opaque, with the request's id, and the cause in the notes. */
function asAwsError(kernel: Kernel, error: unknown, requestId: string): AwsError {
  if (error instanceof AwsError) return error;
  kernel.note(`${requestId}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return new AwsError('InternalFailure', `The request failed inside the local cloud (request id ${requestId}).`, 500);
}

const S3_CODES: Readonly<Record<string, string>> = {
  AccessDeniedException: 'AccessDenied',
  InvalidSignatureException: 'SignatureDoesNotMatch',
  UnrecognizedClientException: 'InvalidAccessKeyId',
  ExpiredTokenException: 'ExpiredToken',
  RequestExpired: 'AccessDenied',
};

/** Services beside S3 with XML and without forms. None is emulated, but their clients must be able to read the refusal. */
const XML_SERVICES = ['route53', 'cloudfront', 's3-control'];

/** An error before a protocol is known, or of a raw service, in the format of the request's client. */
function plainError(error: AwsError, request: IncomingMessage, requestId: string) {
  const { status } = error;
  const scope = `${request.headers.authorization ?? ''}${request.url ?? ''}`;
  const [, service = ''] = /(?:\/|%2F)([a-z0-9-]+)(?:\/|%2F)aws4_request/i.exec(scope) ?? [];
  if (service === 's3') {
    const details = Object.entries(error.details).map(
      ([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`,
    );
    const code = `<Code>${escapeXml(S3_CODES[error.code] ?? error.code)}</Code>`;
    const text = `<Message>${escapeXml(error.message)}</Message>${details.join('')}<RequestId>${requestId}</RequestId>`;
    const body = `<?xml version="1.0" encoding="UTF-8"?><Error>${code}${text}</Error>`;
    return { status, headers: { 'content-type': 'application/xml' }, body };
  }
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '');
  if (isForm || service === 'sts' || XML_SERVICES.includes(service)) {
    const url = new URL('http://127.0.0.1');
    return query.error(error, {}, { message: request, url, body: Buffer.alloc(0) }, requestId);
  }
  const body = JSON.stringify({ __type: error.code, message: error.message, ...error.details });
  return { status, headers: { 'content-type': 'application/json', 'x-amzn-errortype': error.code }, body };
}

/** The mount of a request, by its host name without the port and its path. */
export function mountFor(mounts: readonly Mount[], request: IncomingMessage, url: URL): Mount | undefined {
  const host = hostName(request) ?? '';
  return mounts.find((mount) => mount.takes(host, url.pathname));
}

/** Answers a request with a foreign Host or Origin. */
export function refuseStranger(response: ServerResponse): void {
  response.writeHead(403, { 'content-type': 'text/plain' });
  response.end('This endpoint answers only to its own loopback name and to pages that it served.\n');
}

function byName<T extends Service | RawService>(services: readonly T[]): ReadonlyMap<string, T> {
  const map = new Map<string, T>();
  for (const service of services) {
    if (map.has(service.signingName)) throw new Error(`two rooms play the service ${service.signingName}`);
    map.set(service.signingName, service);
  }
  return map;
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
