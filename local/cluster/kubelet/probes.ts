import { request } from 'node:http';
import { connect } from 'node:net';
import type { Container, Handler, Pod, Probe } from '../model.ts';
import { addressOf } from './address.ts';
import type { Command } from './environment.ts';
import { hostPorts } from './ports.ts';
import { startProcess } from './processes.ts';

/** Whether a probe passed; if not, the reason for an operator. */
export type Verdict = { readonly ok: true } | { readonly ok: false; readonly why: string };

const PASS: Verdict = { ok: true };

/** Checks a container once. Any answer from 200 to 399 passes an HTTP probe; redirects are not followed. */
export function check(
  handler: Handler,
  pod: Pod,
  container: Container,
  command: Command,
  timeoutMs: number,
): Promise<Verdict> {
  const { httpGet, tcpSocket, exec } = handler;
  if (httpGet !== undefined) {
    if (httpGet.scheme === 'HTTPS')
      return Promise.resolve({ ok: false, why: 'an HTTPS probe is not emulated by the local node' });
    const headers = Object.fromEntries((httpGet.httpHeaders ?? []).map(({ name, value }) => [name, value]));
    const at = { host: addressOf(pod), port: portOf(httpGet.port, pod, container) };
    return checkHttp(at, httpGet.path ?? '/', headers, timeoutMs);
  }
  if (tcpSocket !== undefined)
    return checkTcp({ host: addressOf(pod), port: portOf(tcpSocket.port, pod, container) }, timeoutMs);
  if (exec !== undefined) return execute(exec.command ?? [], command, timeoutMs);
  return Promise.resolve({
    ok: false,
    why: 'the probe has no httpGet, tcpSocket or exec, and nothing else is emulated',
  });
}

function portOf(port: number | string, pod: Pod, container: Container): number {
  const declared = typeof port === 'number' ? port : container.ports?.find(({ name }) => name === port)?.containerPort;
  return hostPorts(pod).get(declared ?? 0) ?? declared ?? 0;
}

interface Place {
  readonly host: string;
  readonly port: number;
}

function checkHttp(at: Place, path: string, headers: Record<string, string>, timeoutMs: number): Promise<Verdict> {
  return new Promise((resolve) => {
    const fail = (why: string) => resolve({ ok: false, why: `Get "http://${at.host}:${at.port}${path}": ${why}` });
    const probe = request({
      ...at,
      path,
      headers: { 'user-agent': 'kube-probe/1.32', connection: 'close', ...headers },
      agent: false,
    });
    const timer = setTimeout(() => probe.destroy(new Error('timed out awaiting the answer')), timeoutMs);
    probe.once('response', (answer) => {
      answer.resume();
      const { statusCode = 0 } = answer;
      if (statusCode >= 200 && statusCode < 400) resolve(PASS);
      else resolve({ ok: false, why: `HTTP probe failed with statuscode: ${statusCode}` });
      answer.once('close', () => clearTimeout(timer));
    });
    probe.once('error', (error) => {
      clearTimeout(timer);
      fail(error.message);
    });
    probe.end();
  });
}

function checkTcp(at: Place, timeoutMs: number): Promise<Verdict> {
  return new Promise((resolve) => {
    const socket = connect(at);
    const finish = (verdict: Verdict) => {
      socket.destroy();
      resolve(verdict);
    };
    socket.setTimeout(timeoutMs, () => finish({ ok: false, why: `dial tcp ${at.host}:${at.port}: i/o timeout` }));
    socket.once('connect', () => finish(PASS));
    socket.once('error', (error) => finish({ ok: false, why: error.message }));
  });
}

const MAX_SHOWN = 1024;

/** Runs a command with the container's folder and variables, and ends it after its time limit. */
export async function execute(argv: readonly string[], command: Command, timeoutMs: number): Promise<Verdict> {
  const [file = '', ...args] = argv;
  try {
    const child = await startProcess({ ...command, file, args });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        if (output.length < MAX_SHOWN) output += chunk.toString('utf8');
      });
    }
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.signal('SIGKILL');
    }, timeoutMs);
    const { exitCode } = await child.exited;
    clearTimeout(timer);
    if (late) return { ok: false, why: `command timed out after ${timeoutMs / 1000}s` };
    return exitCode === 0
      ? PASS
      : { ok: false, why: `command exited with ${exitCode}: ${output.slice(0, MAX_SHOWN).trim()}` };
  } catch (error) {
    return { ok: false, why: `${file} cannot be run: ${error instanceof Error ? error.message : String(error)}` };
  }
}

const FIRST_CHECKS_MS = 100;

export interface ProbeLoop {
  readonly probe: Probe;
  /** Until the first pass, check often but count a failure once per period, so that a fast start is seen at once. */
  readonly eager: boolean;
  run(timeoutMs: number): Promise<Verdict>;
  passed(): void;
  failed(why: string): void;
  /** Called for each counted failure, before its threshold is reached. */
  failing?(why: string): void;
  readonly signal: AbortSignal;
}

/** Repeats a probe until the signal; reports when its success or failure threshold is reached, and each failure after that. */
export async function repeat({ probe, eager, run, passed, failed, failing, signal }: ProbeLoop): Promise<void> {
  const {
    initialDelaySeconds = 0,
    periodSeconds = 10,
    timeoutSeconds = 1,
    successThreshold = 1,
    failureThreshold = 3,
  } = probe;
  let [successes, failures] = [0, 0];
  let first = true;
  let counted = Date.now() + initialDelaySeconds * 1000;
  await pause(initialDelaySeconds * 1000, signal);
  while (!signal.aborted) {
    const verdict = await run(timeoutSeconds * 1000);
    if (signal.aborted) return;
    if (verdict.ok) {
      successes += 1;
      failures = 0;
      if (successes >= successThreshold) passed();
      first = false;
    } else if (!first || !eager || Date.now() - counted >= periodSeconds * 1000) {
      successes = 0;
      failures += 1;
      counted = Date.now();
      if (failures >= failureThreshold) failed(verdict.why);
      else failing?.(verdict.why);
    }
    await pause(first && eager ? FIRST_CHECKS_MS : periodSeconds * 1000, signal);
  }
}

/** Waits, or less if the signal comes first. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted || ms <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
