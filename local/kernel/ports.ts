import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Principal } from './iam.ts';

/** The result of a function: its payload, or the error that ended it (`unhandled`, timed out, out of memory). */
export type Invocation =
  | { readonly ok: true; readonly payload: unknown; readonly logTail: string }
  | { readonly ok: false; readonly errorType: string; readonly errorMessage: string; readonly logTail: string };

/** Lambda, as other services call it. Each call is checked: `lambda:InvokeFunction` for `principal` on the function. */
export interface FunctionInvoker {
  invoke(functionArn: string, event: unknown, principal: Principal): Promise<Invocation>;
  /**
   * Takes an event that an asynchronous caller gave up after its tries, and sends it to the function's destination of
   * failures, if there is one.
   */
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
  /** Records after `sequence` (undefined: from the oldest), in order; none after `waitMs`. */
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

/** One measured value. */
export interface Point {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
  /** Milliseconds since 1970; default: now. */
  readonly at?: number;
}

/** A metric of CloudWatch. Its dimensions have no order. */
export type MetricName = Omit<Point, 'value' | 'at'>;

/** Counts a value now. */
export type Meter = (value: number) => void;

/** CloudWatch, as services and functions send measurements. */
export interface Metrics {
  record(point: Point): void;
  /** A meter for frequent measurements: its values are kept by minute, for `GetMetricStatistics`, and no alarm reads them. */
  meter(metric: MetricName): Meter;
}

/** CloudWatch Logs, as functions, builds and the cluster's nodes write to it. Creates a missing stream. */
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

/** The object store, as a distribution reads from it. Throws an `AwsError` when the object is missing or may not be read. */
export interface ObjectOrigin {
  open(bucket: string, key: string, principal: Principal): Promise<OriginObject>;
}

/** API Gateway, as a distribution calls it: an API by its host name, with headers that replace the viewer's. */
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

/** A service's event for the default bus. */
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

/** Pairs that a decryption must repeat; they are no secret. */
export type EncryptionContext = Readonly<Record<string, string>>;

/** The user of a key, the service in between (`secretsmanager`), and the pairs. */
export interface KeyUse {
  readonly principal: Principal;
  readonly service: string;
  readonly context: EncryptionContext;
}

/** KMS, as other services use keys for a caller. Each use is checked: `kms:GenerateDataKey` and `kms:Decrypt`, with `kms:ViaService`. */
export interface KeyService {
  /** A new data key of 32 bytes under `key` (id, ARN or alias), in clear and encrypted (base64). */
  generateDataKey(key: string, use: KeyUse): { readonly plaintext: Buffer; readonly encrypted: string };
  /** `key` is the one in use now; one that AWS manages may be used for the first time since the start. */
  decrypt(key: string, ciphertext: string, use: KeyUse): Buffer;
  /** Lets a service use a key from now on; the caller must have the same right. */
  grant(key: string, use: Omit<KeyUse, 'context'>): void;
}

/** The Kubernetes identity of a bearer token. */
export interface ClusterUser {
  readonly username: string;
  readonly groups: readonly string[];
}

/** EKS's webhook authenticator: a `k8s-aws-v1.` token (a presigned STS GetCallerIdentity) → access entry → user. */
export interface ClusterAuthenticator {
  authenticate(token: string): Promise<ClusterUser | undefined>;
}

/** An image as a node sees it after a pull: its OCI config and its layers (tar, with known unpacked size), base first. */
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

/** The image registry, as the cluster's nodes pull from it. Throws an `AwsError` for a missing image. */
export interface ImagePuller {
  /** `reference` is `<registry host>/<repository>@sha256:<digest>` or with a `:tag`. */
  pull(reference: string): Promise<PulledImage>;
}

/** The assembly's file assets, by the bucket and key in the template. */
export interface AssetLocator {
  /** The asset's file or folder on this machine; undefined for a foreign one. */
  path(bucket: string, key: string): string | undefined;
}

/**
 * CodeBuild, as Step Functions' `startBuild.sync` uses it. Builds have their wire form (`camelCase`, seconds since 1970). Each call is checked for
 * `principal` on the project: `codebuild:StartBuild`, `BatchGetBuilds`, `StopBuild`.
 */
export interface BuildRunner {
  /** Starts a build from StartBuild's input; the same `idempotencyToken` answers the same build. Returns its id. */
  start(input: Readonly<Record<string, unknown>>, principal: Principal): Promise<string>;
  /** Resolves with the build once it has ended; rejects with the signal's reason when that aborts first. */
  ended(buildId: string, principal: Principal, signal: AbortSignal): Promise<Readonly<Record<string, unknown>>>;
  stop(buildId: string, principal: Principal): Promise<void>;
}

/** Secrets Manager, as a service that keeps its own secret for a caller uses it. */
export interface ManagedSecrets {
  /** Creates a secret, or a new value of one; returns its ARN. `principal` must be allowed to use the key. */
  create(
    name: string,
    value: string,
    given: { readonly key: string; readonly tags: Readonly<Record<string, string>>; readonly principal: Principal },
  ): string;
  /** The text of a secret, for a caller who may read it. Throws AWS's error otherwise. */
  read(id: string, principal: Principal): string;
  remove(id: string): void;
}
