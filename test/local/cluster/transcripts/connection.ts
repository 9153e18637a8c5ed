import { request as plain } from 'node:http';
import { type RequestOptions, request as secure } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { patience } from '../../../patience.ts';

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Close a stream after this many lines. */
  readonly take?: number | undefined;
}

export interface Received {
  readonly status: number;
  readonly type: string;
  readonly warnings: readonly string[];
  readonly text: string;
}

/** A connection to one API server. Rejects if the server cannot be reached or is silent for half a minute. */
export type Connection = (sent: Sent) => Promise<Received>;

const SILENCE_MS = patience(30_000);

/** A connection with the credentials of a kubeconfig's current context. */
export async function connectionOf(kubeconfig: string): Promise<Connection> {
  const { server, options } = await accessOf(kubeconfig);
  return connect(server, options);
}

/** A stream of lines until its end, or until it is closed. `status` is known once it is open. */
export interface Stream {
  readonly status: number;
  readonly done: Promise<void>;
  stop(): void;
}

/** Opens a watch and passes on each line as it arrives. */
export function openStream(
  server: string,
  options: RequestOptions,
  path: string,
  line: (text: string) => void,
): Promise<Stream> {
  const base = new URL(server);
  const send = base.protocol === 'https:' ? secure : plain;
  return new Promise((resolve, reject) => {
    const asking = send({ ...options, host: base.hostname, port: base.port, path }, (answer) => {
      let rest = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const each of lines) line(each);
      });
      const done = new Promise<void>((ended) => answer.once('close', () => ended()));
      answer.on('error', () => undefined);
      resolve({ status: answer.statusCode ?? 0, done, stop: () => asking.destroy() });
    });
    asking.on('error', reject).end();
  });
}

export interface Access {
  readonly server: string;
  readonly options: RequestOptions;
}

/** The address of a kubeconfig's current context, and the credentials for requests to it. */
export async function accessOf(kubeconfig: string): Promise<Access> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new Error(`${kubeconfig} names no current cluster: set its current-context`);
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  return { server, options };
}

export function connect(server: string, options: RequestOptions): Connection {
  const base = new URL(server);
  const send = base.protocol === 'https:' ? secure : plain;
  const root = base.pathname.replace(/\/$/, '');
  return ({ method, path, headers, body, take }) =>
    new Promise((resolve, reject) => {
      const target = { host: base.hostname, port: base.port, path: `${root}${path}`, method, timeout: SILENCE_MS };
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
      const asking = send(
        { ...options, ...target, headers: { ...options.headers, ...headers, ...length } },
        (answer) => {
          let text = '';
          const done = () => {
            const warning = answer.headers['warning'];
            const warnings = warning === undefined ? [] : [warning].flat();
            const type = answer.headers['content-type'] ?? '';
            resolve({ status: answer.statusCode ?? 0, type, warnings, text });
          };
          answer.setEncoding('utf8');
          answer.on('data', (chunk: string) => {
            text += chunk;
            if (take === undefined || answer.statusCode !== 200 || text.split('\n').length <= take) return;
            done();
            asking.destroy();
          });
          answer.on('end', done).on('error', reject);
        },
      );
      asking.on('timeout', () => asking.destroy(new Error(`${method} ${path}: no answer in ${SILENCE_MS / 1000} s`)));
      asking.on('error', reject).end(body);
    });
}
