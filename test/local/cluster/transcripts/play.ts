import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection, Received } from './connection.ts';
import { createNormalise } from './normalise.ts';
import type { Answer, Step, Until } from './transcript.ts';

const PAUSE_MS = 20;

/**
 * Sends the steps in order and returns the normalised answers. A step that waits longer than `patienceMs` rejects with its name and its last answer;
 * with `tolerant`, its last answer counts.
 */
export async function play(
  connection: Connection,
  steps: readonly Step[],
  options: { readonly namespace: string; readonly patienceMs: number; readonly tolerant: boolean },
): Promise<readonly Answer[]> {
  const normalise = createNormalise(options.namespace);
  const bodies = new Map<string, unknown>();
  const answers: Answer[] = [];
  for (const step of steps) {
    const received = await sendUntil(connection, step, options, bodies);
    const body = kept(parsed(received, step), step);
    bodies.set(step.name, body);
    const { status, warnings } = received;
    const told = warnings.length === 0 ? {} : { warnings };
    answers.push({ status, ...told, body: normalise(step.name, body) });
  }
  return answers;
}

async function sendUntil(
  connection: Connection,
  step: Step,
  { namespace, patienceMs, tolerant }: { namespace: string; patienceMs: number; tolerant: boolean },
  bodies: ReadonlyMap<string, unknown>,
): Promise<Received> {
  const fill = (text: string) => filled(text, namespace, bodies);
  const body =
    step.body === undefined ? undefined : typeof step.body === 'string' ? step.body : JSON.stringify(step.body);
  const headers = {
    accept: 'application/json',
    'content-type': 'application/json',
    'user-agent': 'recorder',
    ...step.headers,
  };
  const sent = { method: step.method, path: fill(step.path), headers, body: body && fill(body), take: step.take };
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const received = await connection(sent);
    if (step.until === undefined || holds(received, parsed(received, step), step.until)) return received;
    if (Date.now() > deadline) {
      if (tolerant) return received;
      throw new Error(
        `${step.name}: waited in vain for ${JSON.stringify(step.until)}; last: ${received.text.slice(0, 2000)}`,
      );
    }
    await sleep(PAUSE_MS);
  }
}

function filled(text: string, namespace: string, bodies: ReadonlyMap<string, unknown>): string {
  return text.replaceAll(/\{\{([^}:]+)(?::([^}]+))?\}\}/g, (_, step: string, path: string | undefined) => {
    if (path === undefined) return step === 'ns' ? namespace : step;
    return String(valueAt(bodies.get(step), path));
  });
}

/** The value at a dotted path. For a list, a part of the path is an index, or the `type` or `name` of an item. */
function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((each, key) => {
    if (Array.isArray(each)) return each[Number(key)] ?? each.find((item) => item?.type === key || item?.name === key);
    return typeof each === 'object' && each !== null ? (each as Record<string, unknown>)[key] : undefined;
  }, value);
}

function holds(received: Received, body: unknown, { status, values = {} }: Until): boolean {
  if (status !== undefined && status !== received.status) return false;
  return Object.entries(values).every(([at, is]) => JSON.stringify(valueAt(body, at) ?? null) === JSON.stringify(is));
}

function parsed({ text, type, status }: Received, { take }: Step): unknown {
  if (!type.startsWith('application/json')) return text;
  if (take === undefined || status !== 200) return JSON.parse(text);
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.slice(0, take).map((line) => JSON.parse(line) as unknown);
}

function kept(body: unknown, { only }: Step): unknown {
  if (only === undefined || typeof body !== 'object' || body === null) return body;
  const list = valueAt(body, only.list);
  if (!Array.isArray(list)) return body;
  const wanted = only.values.flatMap((value) => list.filter((item) => String(valueAt(item, only.key)) === value));
  return { ...body, [only.list]: wanted };
}
