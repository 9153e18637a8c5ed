import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Principal } from './iam.ts';

/** What a function answered: its payload, or the error that it ended with (`unhandled`, timed out, out of memory). */
export type Invocation =
  | { readonly ok: true; readonly payload: unknown; readonly logTail: string }
  | { readonly ok: false; readonly errorType: string; readonly errorMessage: string; readonly logTail: string };

/** Lambda, as other services call it. Each call is checked: `lambda:InvokeFunction` for `principal` on the function. */
export interface FunctionInvoker {
  invoke(functionArn: string, event: unknown, principal: Principal): Promise<Invocation>;
  /** What a caller that waits for no answer gave up after its tries: goes where the function's failures are kept, if anywhere. */
  abandon?(functionArn: string, event: unknown, why: string): Promise<void>;
}

/** SQS, as other services call it. A message is durable when the promise resolves. */
export interface QueueSender {
  send(queueArn: string, body: string, principal: Principal): Promise<void>;
}

export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly md5OfBody: string;
}

/** SQS, as an event source mapping uses it. */
export interface QueuePoller {
  /** Resolves with up to `max` messages, or with none after `waitMs`. Aborting ends the wait at once. */
  receive(
    queueArn: string,
    max: number,
    waitMs: number,
    principal: Principal,
    signal: AbortSignal,
  ): Promise<ReceivedMessage[]>;
  remove(queueArn: string, receiptHandles: readonly string[], principal: Principal): Promise<void>;
}

/** A DynamoDB stream, as an event source mapping reads it. */
export interface StreamReader {
  /** Records after `sequence` (from the oldest where undefined), in order; none after `waitMs`. */
  read(
    streamArn: string,
    sequence: string | undefined,
    max: number,
    waitMs: number,
    principal: Principal,
    signal: AbortSignal,
  ): Promise<StreamRecord[]>;
}

export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly dynamodb: Readonly<Record<string, unknown>> & { readonly SequenceNumber: string };
}

/** One value that was measured. */
export interface Point {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
  /** Milliseconds since 1970; now where it is left out. */
  readonly at?: number;
}

/** CloudWatch, as services and functions tell what they measure. */
export interface Metrics {
  record(point: Point): void;
}

/** CloudWatch Logs, as functions, builds and the cluster's nodes write to it. Creates the stream where it is new. */
export interface LogWriter {
  write(group: string, stream: string, lines: readonly LogLine[], principal: Principal): Promise<void>;
}

export interface LogLine {
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly message: string;
}

/** The object store, as builds and functions' code read it. */
export interface ObjectReader {
  get(bucket: string, key: string, principal: Principal): Promise<Buffer>;
}

/** An object as a distribution reads it. */
export interface OriginObject {
  readonly body: Buffer;
  readonly contentType: string;
  readonly cacheControl: string | undefined;
  readonly etag: string;
}

/** The object store, as a distribution reads from it. Throws an `AwsError` where the object is not there or may not be read. */
export interface ObjectOrigin {
  open(bucket: string, key: string, principal: Principal): Promise<OriginObject>;
}

/** API Gateway, as a distribution calls it: an API by the name of its own host, with headers that replace the viewer's. */
export interface ApiOrigins {
  request(
    host: string,
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    headers: Readonly<Record<string, string>>,
  ): Promise<void>;
  upgrade(
    host: string,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    url: URL,
    headers: Readonly<Record<string, string>>,
  ): Promise<void>;
}

/** What a service tells on the default bus. */
export interface ServiceEvent {
  /** `aws.*` */
  readonly source: string;
  readonly detailType: string;
  readonly detail: unknown;
  readonly resources: readonly string[];
}

/** EventBridge, as services put their own events on the default bus. */
export interface EventPublisher {
  publish(event: ServiceEvent): Promise<void>;
}

/** Pairs that must be given again to decrypt; they are no secret. */
export type EncryptionContext = Readonly<Record<string, string>>;

/** Who uses a key, through which service (`secretsmanager`), with which pairs. */
export interface KeyUse {
  readonly principal: Principal;
  readonly service: string;
  readonly context: EncryptionContext;
}

/** KMS, as other services use keys for a caller. Each use is checked: `kms:GenerateDataKey` and `kms:Decrypt`, with `kms:ViaService`. */
export interface KeyService {
  /** A new data key of 32 bytes under `key` (id, ARN or alias), in clear and encrypted (base64). */
  generateDataKey(key: string, use: KeyUse): { readonly plaintext: Buffer; readonly encrypted: string };
  /** `key` is the one that is in use by now, which one that AWS manages may be for the first time since the start. */
  decrypt(key: string, ciphertext: string, use: KeyUse): Buffer;
  /** Lets a service use a key from now on, as whoever asks for something encrypted must be allowed to. */
  grant(key: string, use: Omit<KeyUse, 'context'>): void;
}

/** The identity that Kubernetes sees behind a bearer token. */
export interface ClusterUser {
  readonly username: string;
  readonly groups: readonly string[];
}

/** EKS's webhook authenticator: a `k8s-aws-v1.` token (a presigned STS GetCallerIdentity) → access entry → user. */
export interface ClusterAuthenticator {
  authenticate(token: string): Promise<ClusterUser | undefined>;
}

/** An image as a node sees it after a pull: its OCI config and its layers (tar, unpacked size known), base first. */
export interface PulledImage {
  readonly digest: string;
  readonly config: {
    readonly architecture: string;
    readonly os: string;
    readonly config: {
      readonly Env?: readonly string[];
      readonly Entrypoint?: readonly string[];
      readonly Cmd?: readonly string[];
      readonly WorkingDir?: string;
      readonly User?: string;
      readonly Labels?: Readonly<Record<string, string>>;
    };
  };
  /** Paths of the layers' gzipped tars on this machine. */
  readonly layers: readonly string[];
}

/** The image registry, as the cluster's nodes pull from it. Throws an `AwsError` where the image is not there. */
export interface ImagePuller {
  /** `reference` is `<registry host>/<repository>@sha256:<digest>` or with a `:tag`. */
  pull(reference: string): Promise<PulledImage>;
}

/** The assembly's file assets, by the bucket and key that the template names them by. */
export interface AssetLocator {
  /** The asset's file or folder on this machine, or undefined where it is none of the assembly's. */
  path(bucket: string, key: string): string | undefined;
}

/**
 * CodeBuild, as Step Functions' `startBuild.sync` uses it. Builds have their wire form (`camelCase`, seconds since 1970).
 * Each call is checked for `principal` on the project: `codebuild:StartBuild`, `BatchGetBuilds`, `StopBuild`.
 */
export interface BuildRunner {
  /** Starts a build from StartBuild's input; the same `idempotencyToken` answers the same build. Returns its id. */
  start(input: Readonly<Record<string, unknown>>, principal: Principal): Promise<string>;
  /** Resolves with the build once it has ended; rejects with the signal's reason when that aborts first. */
  ended(buildId: string, principal: Principal, signal: AbortSignal): Promise<Readonly<Record<string, unknown>>>;
  stop(buildId: string, principal: Principal): Promise<void>;
}

/** Secrets Manager, as a service uses it that keeps a secret of its own for a caller. */
export interface ManagedSecrets {
  /** Makes a secret, or a new value of it; answers its ARN. `principal` must be allowed to use the key. */
  create(
    name: string,
    value: string,
    given: { readonly key: string; readonly tags: Readonly<Record<string, string>>; readonly principal: Principal },
  ): string;
  /** The text that a secret holds, for somebody who may read it. Throws AWS's error otherwise. */
  read(id: string, principal: Principal): string;
  remove(id: string): void;
}
