import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Principal } from './iam.ts';
import type { Kernel } from './kernel.ts';
import type { Service } from './service.ts';

/** Where a resource stands in the assembly, and what names and identifiers follow from that. */
export interface Place {
  readonly stack: string;
  readonly logicalId: string;
  /** `<stack>/<logicalId>`: begins the ids of the statements that this resource carries. */
  readonly at: string;
  /** The physical name that AWS would generate, the same at every start. */
  name(maxLength?: number): string;
  readonly kernel: Kernel;
}

/** What `Ref` and `Fn::GetAtt` answer for a resource. */
export interface Declared {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/**
 * One CloudFormation type. The template is declared anew at every start: `declare` must be repeatable, rebuilds what the
 * resource *is* from its properties and leaves what it *holds* (rows, objects, messages) alone.
 */
export interface ResourceType {
  /** e.g. `AWS::SQS::Queue`. A trailing `*` takes all types with that prefix, for families that do nothing locally. */
  readonly type: string;
  /** Properties acted on. A dotted path (`Code.S3Key`) allows only that part; arrays are passed through. */
  readonly uses: readonly string[];
  /** Properties without a local effect, each with the reason; `*` takes all. A property in neither list is refused by name. */
  readonly inert?: Readonly<Record<string, string>>;
  declare(properties: Readonly<Record<string, unknown>>, place: Place): Promise<Declared> | Declared;
  /** Takes away what the resource holds, where its stack is deleted. Throws AWS's error where AWS would not delete it. */
  remove?(ref: string): Promise<void> | void;
}

/** A service with a protocol of its own (S3, `@connections`): called once the signature is verified. */
export interface RawService {
  readonly signingName: string;
  /** Plays the edge's region too. */
  readonly isAtEdge?: true;
  handle(request: IncomingMessage, response: ServerResponse, principal: Principal, url: URL): Promise<void> | void;
}

/** HTTP that no signature guards: the registry's `/v2/`, the sign-in pages, the API, the apps. */
export interface Mount {
  readonly on: 'front' | 'aws';
  /** True where this mount takes the request; `host` is without its port. Mounts are asked in the order of the rooms. */
  takes(host: string, path: string): boolean;
  request(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> | void;
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer, url: URL): Promise<void> | void;
}

/** A room of the local cloud: what it adds to the wire, to the template and to the process's life. */
export interface Room {
  readonly services?: readonly Service[];
  readonly raw?: readonly RawService[];
  readonly mounts?: readonly Mount[];
  readonly resources?: readonly ResourceType[];
  /** The local address of an AWS host name that this room plays (`https://<pool domain>.auth…`), else undefined. */
  address?(url: URL): string | undefined;
  /** The value behind a dynamic reference of the template (`secretsmanager:<arn>:SecretString:::`), where this room has it. */
  dynamic?(reference: string): string | undefined;
  /** Called once, after the whole assembly is declared: resume what was running. */
  start?(): Promise<void> | void;
  /** Ends everything the room started, within five seconds. */
  stop?(): Promise<void>;
}
