import { Agent, request } from 'node:http';
import { AwsError } from '../../kernel/service.ts';

export type Json = Readonly<Record<string, unknown>>;

/** The DynamoDB engine as the room calls it: `target` is `DynamoDB_20120810.GetItem` and the like. */
export interface Engine {
  call(target: string, input: unknown): Promise<Json>;
  close(): void;
}

const TIMEOUT_MS = 30_000;
const DATA_PLANE = 'DynamoDB_20120810.';
const STREAMS = 'DynamoDBStreams_20120810.';

export const table = (operation: string): string => DATA_PLANE + operation;
export const stream = (operation: string): string => STREAMS + operation;

/** Calls the DynamoDB Local at `endpoint` over kept connections; its errors become `AwsError`s with all of their members. */
export function createEngine(endpoint: string): Engine {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const { hostname, port } = new URL(endpoint);
  // The engine requires a signature and does not verify it: the wire has done that.
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-date': '20260101T000000Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=local/20260101/xx-local-1/dynamodb/aws4_request, SignedHeaders=host, Signature=local',
  };
  return {
    call: (target, input) =>
      new Promise((resolve, reject) => {
        const body = JSON.stringify(input);
        const options = {
          agent,
          hostname,
          port,
          method: 'POST',
          timeout: TIMEOUT_MS,
          headers: { ...headers, 'x-amz-target': target, 'content-length': Buffer.byteLength(body) },
        };
        const outgoing = request(options, (response) => {
          const pieces: Buffer[] = [];
          response.on('data', (piece: Buffer) => pieces.push(piece));
          response.on('error', reject);
          response.on('end', () => {
            try {
              const answer = JSON.parse(Buffer.concat(pieces).toString()) as Json;
              if (response.statusCode === 200) resolve(answer);
              else reject(errorOf(answer, response.statusCode ?? 500));
            } catch (error) {
              reject(error);
            }
          });
        });
        outgoing.on('timeout', () => outgoing.destroy(new Error(`DynamoDB did not answer ${target} in time`)));
        outgoing.on('error', reject);
        outgoing.end(body);
      }),
    close: () => agent.destroy(),
  };
}

function errorOf(answer: Json, status: number): AwsError {
  const { __type: type = 'InternalServerError', message, Message, ...details } = answer;
  const code = String(type);
  return new AwsError(code.slice(code.lastIndexOf('#') + 1), String(message ?? Message ?? code), status, details);
}
