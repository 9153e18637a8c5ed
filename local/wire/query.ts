import { AwsError } from '../kernel/service.ts';
import { type Input, type Protocol, queryCodeOf, statusOf, unknownOperation } from './protocol.ts';
import { check, type Member, operationShape, type Shape } from './shape.ts';

/**
 * AWS query: a form of dotted names in, XML out. Parameters may be in the body or, presigned, in the URL. Source:
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 */
export const query: Protocol = {
  decode(service, { url, body }) {
    const form = new URLSearchParams(body.length > 0 ? body.toString('utf8') : url.search);
    const name = form.get('Action') ?? '';
    const operation = operationShape(service.model, name);
    if (operation === undefined || !Object.hasOwn(service.operations, name)) throw unknownOperation(name);
    const fields = new Map([...form].filter(([key]) => !/^(Action|Version|X-Amz-.*)$/i.test(key)));
    const input = read(operation.input, fields, '');
    const [extra] = fields.keys();
    if (extra !== undefined) throw new AwsError('ValidationException', `${extra} is not a parameter of ${name}`);
    return { operation, input: check(operation.input, input ?? {}, '', (member) => member) as Input };
  },
  encode({ name, output: shape }, output, _request, requestId) {
    const result = tag(`${name}Result`, write(shape, output ?? {}));
    return xml(200, tag(`${name}Response`, result + tag('ResponseMetadata', tag('RequestId', requestId))));
  },
  error(error, traits, _request, requestId) {
    const status = statusOf(error, traits);
    const code = queryCodeOf(traits) ?? QUERY_CODES[error.code] ?? error.code;
    const type = tag('Type', status < 500 ? 'Sender' : 'Receiver');
    const detail = tag('Error', type + tag('Code', escapeXml(code)) + tag('Message', escapeXml(error.message)));
    return xml(status, tag('ErrorResponse', detail + tag('RequestId', requestId)));
  },
};

/** The query protocol's names of errors that other services name as exceptions. Source: Common Errors of the STS API reference. */
const QUERY_CODES: Readonly<Record<string, string>> = {
  AccessDeniedException: 'AccessDenied',
  ExpiredTokenException: 'ExpiredToken',
  IncompleteSignatureException: 'IncompleteSignature',
  InvalidSignatureException: 'SignatureDoesNotMatch',
  MissingAuthenticationTokenException: 'MissingAuthenticationToken',
  UnknownOperationException: 'InvalidAction',
  UnrecognizedClientException: 'InvalidClientTokenId',
};

/** Takes the fields under `prefix` out of the form, typed by the shape; remaining fields are unknown. */
function read(shape: Shape, fields: Map<string, string>, prefix: string): unknown {
  if (shape.kind === 'structure' || shape.kind === 'union') {
    const entries = [...shape.members].map(([name, member]) => {
      const key = `${prefix === '' ? '' : `${prefix}.`}${wireName(name, member)}`;
      return [name, read(member.shape, fields, member.traits.xmlFlattened ? `${key}!` : key)] as const;
    });
    const given = entries.filter(([, value]) => value !== undefined);
    return given.length === 0 && prefix !== '' ? undefined : Object.fromEntries(given);
  }
  if (shape.kind === 'list') {
    // An empty list is a name without a value.
    if (fields.get(prefix) === '' && fields.delete(prefix)) return [];
    const { shape: of, traits } = shape.of();
    // An empty list is its bare name.
    if (fields.get(prefix) === '' && fields.delete(prefix)) return [];
    const base = prefix.endsWith('!') ? prefix.slice(0, -1) : `${prefix}.${String(traits.xmlName ?? 'member')}`;
    const values: unknown[] = [];
    for (let index = 1; ; index++) {
      const value = read(of, fields, `${base}.${index}`);
      if (value === undefined) return values.length === 0 ? undefined : values;
      values.push(value);
    }
  }
  const text = fields.get(prefix);
  fields.delete(prefix);
  if (text === undefined) return undefined;
  if (shape.kind === 'number') return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
  if (shape.kind === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  return text;
}

function write(shape: Shape, value: unknown): string {
  if (shape.kind === 'structure' || shape.kind === 'union') {
    const given = value as Readonly<Record<string, unknown>>;
    return [...shape.members]
      .filter(([name]) => given[name] !== undefined && given[name] !== null)
      .map(([name, member]) => tag(wireName(name, member), write(member.shape, given[name])))
      .join('');
  }
  if (shape.kind === 'list') {
    const { shape: of, traits } = shape.of();
    const name = String(traits.xmlName ?? 'member');
    return (value as readonly unknown[]).map((each) => tag(name, write(of, each))).join('');
  }
  if (shape.kind === 'timestamp') return new Date(Number(value) * 1000).toISOString();
  return escapeXml(String(value));
}

function wireName(name: string, { traits }: Member): string {
  return typeof traits.xmlName === 'string' ? traits.xmlName : name;
}

/** An answer in XML. */
export function xml(status: number, body: string) {
  return { status, headers: { 'content-type': 'text/xml' }, body };
}

/** One element. */
export function tag(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

/** Escapes text for use between tags. */
export function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
