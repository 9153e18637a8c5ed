import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { Log } from '@kubernetes/client-node/dist/log.js';
import { connection } from './client.ts';
import { translated } from './errors.ts';

const READ_MS = 5_000;
const MAX_BYTES = 64 * 1024;

export interface LogTail {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly lines: number;
  /** Reads the run before the present one. */
  readonly previous?: boolean;
}

/** The last lines of a container's output, oldest first, at most 64 KiB. Throws NotFound without output. */
export async function podLogTail({ namespace, pod, container, lines, previous = false }: LogTail): Promise<string[]> {
  const { config } = await connection();
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  await translated(`log of ${namespace}/${pod}`, async () => {
    const request = new Log(config).log(namespace, pod, container, sink, {
      tailLines: lines,
      limitBytes: MAX_BYTES,
      previous,
    });
    const signal = AbortSignal.timeout(READ_MS);
    const stopped = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    const controller = await Promise.race([request, stopped]);
    try {
      await finished(sink, { signal });
    } finally {
      controller.abort();
    }
  });
  const text = Buffer.concat(chunks).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .slice(-lines);
}
