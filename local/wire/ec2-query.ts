import { AwsError } from '../kernel/service.ts';
import { type Input, type Protocol, statusOf, unknownOperation } from './protocol.ts';
import { escapeXml, tag, xml } from './query.ts';
import { check, type Member, operationShape, type Shape } from './shape.ts';

/**
 * EC2's own query protocol: lists are flat, names begin with a capital in requests, and answers have no wrapper.
 * Source: https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
 */
export const ec2Query: Protocol = {
  decode(service, { body }) {
    const form = new URLSearchParams(body.toString('utf8'));
    const name = form.get('Action') ?? '';
    const operation = operationShape(service.model, name);
    if (operation === undefined || !Object.hasOwn(service.operations, name)) throw unknownOperation(name);
    const fields = new Map([...form].filter(([key]) => !/^(Action|Version)$/.test(key)));
    const input = read(operation.input, fields, '');
    const [extra] = fields.keys();
    if (extra !== undefined) throw new AwsError('UnknownParameter', `The parameter ${extra} is not recognized`);
    return { operation, input: check(operation.input, input ?? {}, '', (member) => member) as Input };
  },
  encode({ name, output: shape }, output, _request, requestId) {
    return xml(200, tag(`${name}Response`, tag('requestId', requestId) + write(shape, output ?? {})));
  },
  error(error, traits, _request, requestId) {
    const detail = tag(
      'Error',
      tag('Code', CODES[error.code] ?? error.code) + tag('Message', escapeXml(error.message)),
    );
    return xml(statusOf(error, traits), tag('Response', tag('Errors', detail) + tag('RequestID', requestId)));
  },
};

/** EC2's names of errors that other services name as exceptions. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
const CODES: Readonly<Record<string, string>> = {
  AccessDeniedException: 'UnauthorizedOperation',
  UnknownOperationException: 'InvalidAction',
  ValidationException: 'InvalidParameterValue',
  UnrecognizedClientException: 'AuthFailure',
};

function read(shape: Shape, fields: Map<string, string>, prefix: string): unknown {
  if (shape.kind === 'structure' || shape.kind === 'union') {
    const entries = [...shape.members].map(([name, member]) => {
      const key = requestName(name, member);
      return [name, read(member.shape, fields, prefix === '' ? key : `${prefix}.${key}`)] as const;
    });
    const given = entries.filter(([, value]) => value !== undefined);
    return given.length === 0 && prefix !== '' ? undefined : Object.fromEntries(given);
  }
  if (shape.kind === 'list') {
    const { shape: of } = shape.of();
    const values: unknown[] = [];
    for (let index = 1; ; index++) {
      const value = read(of, fields, `${prefix}.${index}`);
      if (value === undefined) return values.length === 0 ? undefined : values;
      values.push(value);
    }
  }
  const text = fields.get(prefix);
  fields.delete(prefix);
  if (shape.kind === 'number' && text !== undefined) return Number(text);
  if (shape.kind === 'boolean' && text !== undefined) return text === 'true';
  return text;
}

function requestName(name: string, { traits }: Member): string {
  if (typeof traits.ec2QueryName === 'string') return traits.ec2QueryName;
  const known = typeof traits.xmlName === 'string' ? traits.xmlName : name;
  return `${known.slice(0, 1).toUpperCase()}${known.slice(1)}`;
}

function write(shape: Shape, value: unknown): string {
  if (shape.kind === 'structure' || shape.kind === 'union') {
    const given = value as Readonly<Record<string, unknown>>;
    return [...shape.members]
      .filter(([name]) => given[name] !== undefined)
      .map(([name, { shape: of, traits }]) => tag(String(traits.xmlName ?? name), write(of, given[name])))
      .join('');
  }
  if (shape.kind === 'list') {
    const { shape: of, traits } = shape.of();
    const name = String(traits.xmlName ?? 'item');
    return (value as readonly unknown[]).map((each) => tag(name, write(of, each))).join('');
  }
  return escapeXml(String(value));
}
