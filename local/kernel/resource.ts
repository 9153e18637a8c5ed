import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Principal } from './iam.ts';
import type { Kernel } from './kernel.ts';
import type { Service } from './service.ts';

/** A resource's place in the assembly, and the names that follow from it. */
export interface Place {
  readonly stack: string;
  readonly logicalId: string;
  /** `<stack>/<logicalId>`: the beginning of the ids of this resource's statements. */
  readonly at: string;
  /** AWS's generated physical name, the same at every start. */
  name(maxLength?: number): string;
  readonly kernel: Kernel;
}

/** A resource's answers to `Ref` and `Fn::GetAtt`. */
export interface Declared {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/**
 * One CloudFormation type. The template is declared again at every start: `declare` must be repeatable. It rebuilds what the resource *is* from its
 * properties, and keeps what it *holds* (rows, objects, messages).
 */
export interface ResourceType {
  /** e.g. `AWS::SQS::Queue`. A trailing `*` covers all types with that prefix, for families without a local effect. */
  readonly type: string;
  /** Properties with an effect. A dotted path (`Code.S3Key`) allows only that part; arrays are passed through. */
  readonly uses: readonly string[];
  /** Properties without a local effect, each with the reason; `*` covers all. A property in neither list is refused by name. */
  readonly inert?: Readonly<Record<string, string>>;
  declare(properties: Readonly<Record<string, unknown>>, place: Place): Promise<Declared> | Declared;
  /** Deletes the contents of the resource when its stack is deleted. Throws AWS's error when AWS would refuse. */
  remove?(ref: string): Promise<void> | void;
}

/** A service with its own protocol (S3, `@connections`): called once the signature is verified. */
export interface RawService {
  readonly signingName: string;
  /** Serves the edge's region too. */
  readonly isAtEdge?: true;
  handle(request: IncomingMessage, response: ServerResponse, principal: Principal, url: URL): Promise<void> | void;
}

/** Unsigned HTTP: the registry's `/v2/`, the sign-in pages, the API, the apps. */
export interface Mount {
  readonly on: 'front' | 'aws';
  /** True if this mount takes the request; `host` has no port. Mounts are tried in the order of the rooms. */
  takes(host: string, path: string): boolean;
  request(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> | void;
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer, url: URL): Promise<void> | void;
}

/** A room of the local cloud: its services, types and life cycle. */
export interface Room {
  readonly services?: readonly Service[];
  readonly raw?: readonly RawService[];
  readonly mounts?: readonly Mount[];
  readonly resources?: readonly ResourceType[];
  /** The local address of an AWS host name that this room plays (`https://<pool domain>.auth…`); otherwise undefined. */
  address?(url: URL): string | undefined;
  /** The value of the template's dynamic reference (`secretsmanager:<arn>:SecretString:::`), if this room has it. */
  dynamic?(reference: string): string | undefined;
  /** Called once, after the whole assembly is declared: resumes earlier work. */
  start?(): Promise<void> | void;
  /** Ends everything that the room started, within five seconds. */
  stop?(): Promise<void>;
}
