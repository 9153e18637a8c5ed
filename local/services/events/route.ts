import { setTimeout as sleep } from 'node:timers/promises';
import { ACCOUNT, type Kernel, REGION } from '../../kernel/kernel.ts';
import type { QueueSender } from '../../kernel/ports.ts';
import { AwsError } from '../../kernel/service.ts';
import type { Matcher } from './pattern.ts';

/** An event as rules match it and targets receive it. */
export interface BusEvent extends Readonly<Record<string, unknown>> {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** ISO 8601, to the second. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

export interface Target {
  readonly id: string;
  readonly queueArn: string;
  readonly deadLetterArn: string | undefined;
}

export interface Rule {
  readonly arn: string;
  readonly bus: string;
  readonly matches: Matcher;
  readonly targets: readonly Target[];
}

/** AWS tries for a day; a failure here that lasts longer than a moment will not pass. */
const ATTEMPTS = 3;
const RETRY_MS = 50;

/** The ARN of a bus, by its name or by its ARN. */
export function busArn(nameOrArn: string): string {
  return nameOrArn.startsWith('arn:') ? nameOrArn : `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${nameOrArn}`;
}

/** Sends an event to every target of every matching rule; each message is durable when this resolves. */
export async function route(
  kernel: Kernel,
  queues: QueueSender,
  rules: Iterable<Rule>,
  event: BusEvent,
): Promise<void> {
  const body = JSON.stringify(event);
  const matching = [...rules].filter((rule) => rule.matches(event));
  await Promise.all(
    matching.flatMap((rule) => rule.targets.map((target) => deliver(kernel, queues, rule, target, body))),
  );
}

/**
 * A refusal (no permission, no queue) sends the event to the target's dead-letter queue at once, as on AWS; any other failure is retried first.
 * Without a dead-letter queue the target loses the event, and a note says so.
 */
async function deliver(kernel: Kernel, queues: QueueSender, rule: Rule, target: Target, body: string): Promise<void> {
  const sender = { kind: 'service', name: 'events.amazonaws.com', sourceArn: rule.arn } as const;
  const failure = await attempt(() => queues.send(target.queueArn, body, sender));
  if (failure === undefined) return;
  const { deadLetterArn } = target;
  const lost = deadLetterArn === undefined ? failure : await attempt(() => queues.send(deadLetterArn, body, sender));
  kernel.note(
    `${rule.arn}: target ${target.id} did not take an event: ${failure.message}. ${
      lost === undefined ? `It is in ${deadLetterArn}.` : 'It is lost to this target.'
    }`,
  );
}

async function attempt(send: () => Promise<void>): Promise<Error | undefined> {
  for (let tries = 1; ; tries++) {
    try {
      await send();
      return undefined;
    } catch (error) {
      if (error instanceof AwsError || tries === ATTEMPTS)
        return error instanceof Error ? error : new Error(String(error));
      await sleep(RETRY_MS * tries);
    }
  }
}
