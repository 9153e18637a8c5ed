import { type Input, type Protocol, parseJson, queryCodeOf, statusOf, unknownOperation } from './protocol.ts';
import { check, operationShape } from './shape.ts';

/**
 * AWS JSON 1.0 and 1.1: the operation is in `X-Amz-Target`, input and output are the body.
 * Source: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
export const json: Protocol = {
  decode(service, { message, body }) {
    const target = String(message.headers['x-amz-target'] ?? '');
    const name = target.slice(target.lastIndexOf('.') + 1);
    const operation = operationShape(service.model, name);
    if (operation === undefined || !Object.hasOwn(service.operations, name)) throw unknownOperation(name);
    return { operation, input: check(operation.input, parseJson(body), '', (member) => member) as Input };
  },
  encode(_operation, output, { message }) {
    return {
      status: 200,
      headers: { 'content-type': contentType(message.headers) },
      body: JSON.stringify(output ?? {}),
    };
  },
  error(error, traits, { message }) {
    // Only clients of services that once used the query protocol request its codes, such as SQS's.
    const query = message.headers['x-amzn-query-mode'] === 'true' ? queryCodeOf(traits) : undefined;
    return {
      status: statusOf(error, traits),
      headers: {
        'content-type': contentType(message.headers),
        'x-amzn-errortype': error.code,
        ...(query === undefined ? {} : { 'x-amzn-query-error': `${query};Sender` }),
      },
      body: JSON.stringify({ __type: error.code, message: error.message, ...error.details }),
    };
  },
};

function contentType(headers: { readonly 'content-type'?: string | undefined }): string {
  return headers['content-type'] === 'application/x-amz-json-1.0'
    ? 'application/x-amz-json-1.0'
    : 'application/x-amz-json-1.1';
}
