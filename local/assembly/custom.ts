import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type Kernel, REGION } from '../kernel/kernel.ts';
import type { FunctionInvoker } from '../kernel/ports.ts';
import type { Declared, Room } from '../kernel/resource.ts';
import { readBody } from '../wire/body.ts';
import { stackId } from './intrinsic.ts';

/** A custom resource with its properties resolved. */
interface CustomResource {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface CustomResources {
  /** Serves the addresses at which functions answer. */
  readonly room: Room;
  /**
   * Sends Create the first time, Update when the properties changed since, nothing otherwise. Throws when the function fails, answers FAILED, or does
   * not answer within `ServiceTimeout` seconds (default 120).
   */
  ensure(resource: CustomResource): Promise<Declared>;
  /** Sends Delete for an existing resource. Throws when the function fails or answers FAILED. */
  remove(stack: string, logicalId: string, type: string): Promise<void>;
}

interface Made {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly physicalId: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Answer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId?: string;
  readonly Data?: Readonly<Record<string, unknown>>;
}

const DEFAULT_TIMEOUT_S = 120;
const MAX_TIMEOUT_S = 3600;
/** CloudFormation's own limit on an answer. */
const MAX_ANSWER_BYTES = 4096;
/** The time that a late answer has after its function ended. */
const GRACE_MS = 1000;
const PATH = '/_custom/';

/**
 * CloudFormation's custom resources: a function is invoked with the event and answers by a PUT to a one-time address. Source:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
 */
export function createCustomResources(kernel: Kernel, functions: FunctionInvoker): CustomResources {
  const made = kernel.store.collection<Made>('assembly.custom');
  const waiting = new Map<string, (answer: Answer) => void>();

  const send = async (resource: CustomResource, type: string, more: object): Promise<Answer> => {
    const { stack, logicalId, properties } = resource;
    const token = randomBytes(32).toString('hex');
    const arn = String(properties.ServiceToken);
    const seconds = timeoutOf(properties);
    const answered = new Promise<Answer>((resolve) => waiting.set(token, resolve));
    const event = {
      RequestType: type,
      ResponseURL: `${kernel.addresses.aws}${PATH}${token}`,
      StackId: stackId(stack, REGION),
      RequestId: randomUUID(),
      ResourceType: resource.type,
      LogicalResourceId: logicalId,
      ServiceToken: arn,
      ResourceProperties: asText(properties),
      ...more,
    };
    const over = new AbortController();
    const late = async (ms: number, why: string): Promise<never> => {
      await sleep(ms, undefined, { signal: over.signal });
      throw new Error(why);
    };
    const ended = async (): Promise<never> => {
      const result = await functions.invoke(arn, event, { kind: 'operator' });
      if (!result.ok) throw new Error(`its function failed: ${result.errorType}: ${result.errorMessage}`);
      return late(GRACE_MS, 'its function ended without answering');
    };
    try {
      return await Promise.race([answered, ended(), late(seconds * 1000, `no answer within ${seconds} s`)]);
    } finally {
      over.abort();
      waiting.delete(token);
    }
  };

  return {
    room: {
      mounts: [
        {
          on: 'aws',
          takes: (_host, path) => path.startsWith(PATH),
          request: (request, response, url) => receive(request, response, url.pathname.slice(PATH.length), waiting),
        },
      ],
    },
    async ensure(resource) {
      const key = `${resource.stack}/${resource.logicalId}`;
      const before = made.get(key);
      if (before !== undefined && isDeepStrictEqual(before.properties, resource.properties)) return declaredAs(before);
      const answer =
        before === undefined
          ? await send(resource, 'Create', {})
          : await send(resource, 'Update', {
              PhysicalResourceId: before.physicalId,
              OldResourceProperties: asText(before.properties),
            });
      if (answer.Status !== 'SUCCESS')
        throw new Error(`its function answered FAILED: ${answer.Reason ?? 'no reason given'}`);
      if (!answer.PhysicalResourceId) throw new Error('its function answered without a PhysicalResourceId');
      const now: Made = {
        properties: resource.properties,
        physicalId: answer.PhysicalResourceId,
        data: answer.Data ?? {},
      };
      made.put(key, now);
      if (before !== undefined && before.physicalId !== now.physicalId) {
        const old = { ...resource, properties: before.properties };
        const removed = await send(old, 'Delete', { PhysicalResourceId: before.physicalId });
        if (removed.Status !== 'SUCCESS')
          kernel.note(`${key}: the replaced resource was not deleted: ${removed.Reason}`);
      }
      return declaredAs(now);
    },
    async remove(stack, logicalId, type) {
      const key = `${stack}/${logicalId}`;
      const before = made.get(key);
      if (before === undefined) return;
      const { properties, physicalId } = before;
      const answer = await send({ stack, logicalId, type, properties }, 'Delete', { PhysicalResourceId: physicalId });
      if (answer.Status !== 'SUCCESS') throw new Error(`${key}: its function answered FAILED: ${answer.Reason}`);
      made.delete(key);
    },
  };
}

async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  token: string,
  waiting: Map<string, (answer: Answer) => void>,
): Promise<void> {
  const settle = waiting.get(token);
  if (request.method !== 'PUT' || settle === undefined) {
    response.writeHead(403).end();
    return;
  }
  const answer: unknown = parse((await readBody(request, MAX_ANSWER_BYTES)).toString('utf8'));
  if (!isAnswer(answer)) {
    response.writeHead(400).end();
    return;
  }
  waiting.delete(token);
  response.writeHead(200).end();
  settle(answer);
}

function isAnswer(value: unknown): value is Answer {
  if (typeof value !== 'object' || value === null || !('Status' in value)) return false;
  return value.Status === 'SUCCESS' || value.Status === 'FAILED';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function timeoutOf({ ServiceTimeout }: Readonly<Record<string, unknown>>): number {
  const seconds = Number(ServiceTimeout ?? DEFAULT_TIMEOUT_S);
  return Number.isFinite(seconds) && seconds >= 1 ? Math.min(seconds, MAX_TIMEOUT_S) : DEFAULT_TIMEOUT_S;
}

/** CloudFormation passes numbers and booleans to custom resources as strings. */
function asText(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return value.map(asText);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, asText(each)]));
}

function declaredAs({ physicalId, data }: Made): Declared {
  return { ref: physicalId, attributes: data };
}
